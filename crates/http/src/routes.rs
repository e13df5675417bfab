//! Routes of a resource: handlers with their policies, and the OpenAPI
//! description, which is built on demand.

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, on};
use utoipa::openapi::{HttpMethod, OpenApi};

use crate::access::{Operation, Policy};
use crate::state::AppState;

/// Routes of one or several resources, with policies of the type `P`.
pub(crate) struct Routes<P = Policy> {
    /// The handlers.
    pub router: Router<AppState>,
    /// The routes of the handlers.
    pub operations: Vec<Route<P>>,
    // Functions, because the descriptions of all resources take more memory
    // than the rest of the API.
    descriptions: Vec<fn() -> OpenApi>,
}

/// Route of an operation.
#[derive(Debug)]
pub(crate) struct Route<P = Policy> {
    /// The method.
    pub method: Method,
    /// The path template, with its parameters in braces.
    pub path: String,
    /// The operation id in OpenAPI, which is the name of the handler.
    pub id: &'static str,
    /// The policy. The router does not start without it.
    pub policy: Option<P>,
}

impl Route {
    /// Returns the operation for tests and the OpenAPI document.
    pub(crate) fn operation(&self) -> Operation {
        let scopes = self.policy.map(|policy| policy.scopes).unwrap_or_default();
        Operation {
            method: self.method.clone(),
            path: self.path.clone(),
            id: self.id,
            access: self.policy.map(|policy| policy.access),
            scopes: scopes.iter().map(|scope| scope.as_str()).collect(),
        }
    }
}

impl<P: Copy> Routes<P> {
    /// Creates an empty set of routes with the OpenAPI description of the resource.
    pub(crate) fn described(description: fn() -> OpenApi) -> Self {
        Self {
            router: Router::new(),
            operations: Vec::new(),
            descriptions: vec![description],
        }
    }

    /// Adds a handler at the methods and the path that `D` describes.
    pub(crate) fn add<D: utoipa::Path, T: 'static>(
        mut self,
        id: &'static str,
        policy: Option<P>,
        handler: impl Handler<T, AppState>,
    ) -> Self {
        let path = D::path();
        for method in D::methods() {
            let (method, filter) = method_and_filter(&method);
            self.router = self.router.route(&path, on(filter, handler.clone()));
            self.operations.push(Route {
                method,
                path: path.clone(),
                id,
                policy,
            });
        }
        self
    }

    /// Adds the routes of another resource.
    pub(crate) fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.operations.extend(other.operations);
        self.descriptions.extend(other.descriptions);
        self
    }

    /// Returns the OpenAPI descriptions.
    pub(crate) fn descriptions(&self) -> Vec<fn() -> OpenApi> {
        self.descriptions.clone()
    }
}

const fn method_and_filter(method: &HttpMethod) -> (Method, MethodFilter) {
    match method {
        HttpMethod::Get => (Method::GET, MethodFilter::GET),
        HttpMethod::Post => (Method::POST, MethodFilter::POST),
        HttpMethod::Put => (Method::PUT, MethodFilter::PUT),
        HttpMethod::Delete => (Method::DELETE, MethodFilter::DELETE),
        HttpMethod::Options => (Method::OPTIONS, MethodFilter::OPTIONS),
        HttpMethod::Head => (Method::HEAD, MethodFilter::HEAD),
        HttpMethod::Patch => (Method::PATCH, MethodFilter::PATCH),
        HttpMethod::Trace => (Method::TRACE, MethodFilter::TRACE),
    }
}

/// Returns the [`Routes`] of a resource: optionally the OpenAPI tag that it
/// owns, then each handler with its access class and scopes.
///
/// ```ignore
/// routes![
///     "devices": "Registered devices and push tokens.";
///     list_devices: Caller [UsersRead],
/// ]
/// ```
macro_rules! routes {
    (
        $($tag:literal: $about:literal;)?
        $($handler:ident $(: $access:ident [$($scope:ident),*])?),+ $(,)?
    ) => {{
        #[derive(utoipa::OpenApi)]
        #[openapi(paths($($handler),+) $(, tags((name = $tag, description = $about)))?)]
        struct Description;
        let routes = $crate::routes::Routes::described(<Description as utoipa::OpenApi>::openapi);
        $(let routes = pastey::paste! {
            routes.add::<[<__path_ $handler>], _>(
                stringify!($handler),
                $crate::routes::policy!($($access [$($scope),*])?),
                $handler,
            )
        };)+
        routes
    }};
}

/// Returns the optional [`Policy`] of a handler in [`routes!`].
macro_rules! policy {
    () => {
        None
    };
    ($access:ident [$($scope:ident),*]) => {
        Some($crate::access::Policy {
            access: $crate::access::Access::$access,
            scopes: &[$(domain::tenants::Scope::$scope),*],
        })
    };
}

pub(crate) use {policy, routes};
