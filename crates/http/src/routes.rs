//! What answers where, and what OpenAPI says of it once somebody asks.

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, on};
use utoipa::openapi::{HttpMethod, OpenApi};

use crate::api::Api;

/// Operations with what answers them.
pub(crate) struct Routes {
    /// What answers them.
    pub router: Router<Api>,
    /// Where each is reached.
    pub operations: Vec<Route>,
    /// What OpenAPI says of them. All together is more than the rest of the
    /// API holds, so nobody makes it before it is asked for.
    descriptions: Vec<fn() -> OpenApi>,
}

/// Where an operation is reached.
pub(crate) struct Route {
    pub method: Method,
    /// With its parameters in braces.
    pub path: String,
    /// The operation's id in OpenAPI, the name of its handler.
    pub id: &'static str,
}

impl Routes {
    /// None, described as `description` says.
    pub(crate) fn described(description: fn() -> OpenApi) -> Self {
        Self {
            router: Router::new(),
            operations: Vec::new(),
            descriptions: vec![description],
        }
    }

    /// One more, which is reached as `P` says.
    pub(crate) fn answered<P: utoipa::Path, T: 'static>(
        mut self,
        id: &'static str,
        by: impl Handler<T, Api>,
    ) -> Self {
        let path = P::path();
        for method in P::methods() {
            let (method, filter) = reached(&method);
            self.router = self.router.route(&path, on(filter, by.clone()));
            self.operations.push(Route {
                method,
                path: path.clone(),
                id,
            });
        }
        self
    }

    /// Those of another room too.
    pub(crate) fn merge(mut self, more: Self) -> Self {
        self.router = self.router.merge(more.router);
        self.operations.extend(more.operations);
        self.descriptions.extend(more.descriptions);
        self
    }

    /// Adds to a document what it says of them.
    pub(crate) fn describe(&self, document: &mut OpenApi) {
        for description in &self.descriptions {
            document.merge(description());
        }
    }
}

const fn reached(method: &HttpMethod) -> (Method, MethodFilter) {
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

/// The handlers of a room as its [`Routes`], each reached as the text over it says.
macro_rules! routes {
    ($($handler:ident),+ $(,)?) => {{
        #[derive(utoipa::OpenApi)]
        #[openapi(paths($($handler),+))]
        struct Described;
        let routes = $crate::routes::Routes::described(<Described as utoipa::OpenApi>::openapi);
        $(let routes = pastey::paste! { routes.answered::<[<__path_ $handler>], _>(stringify!($handler), $handler) };)+
        routes
    }};
}

pub(crate) use routes;
