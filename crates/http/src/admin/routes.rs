use domain::admins::AdminOperation;

use crate::routes::Routes;

/// Routes of the admin API, whose policy is a row of the table of roles.
pub(crate) type AdminRoutes = Routes<AdminOperation>;

/// Returns the [`AdminRoutes`] of a resource: optionally the OpenAPI tag that it owns, then each
/// handler with its row in the table of roles.
macro_rules! admin_routes {
    ($($tag:literal: $about:literal;)? $($handler:ident: $operation:ident),+ $(,)?) => {{
        #[derive(utoipa::OpenApi)]
        #[openapi(paths($($handler),+) $(, tags((name = $tag, description = $about)))?)]
        struct Description;
        let routes = $crate::routes::Routes::described(<Description as utoipa::OpenApi>::openapi);
        $(let routes = pastey::paste! {
            routes.add::<[<__path_ $handler>], _>(
                stringify!($handler),
                Some(domain::admins::AdminOperation::$operation),
                $handler,
            )
        };)+
        routes
    }};
}

pub(crate) use admin_routes;
