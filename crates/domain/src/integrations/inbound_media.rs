//! Media of received messages: downloaded from the platform and stored as files of the client.

use base::{Error, ErrorCode, Id, Result, limit};
use serde_json::Value;
use store::{Entity, TenantStore};

use super::Bridge;
use super::collections::PlatformIntegration;
use super::graph::{Download, GraphError, GraphRequest, path};
use super::meta::{InboundMedia, MediaLocation};
use super::secrets::Secret;
use crate::media::{self, File, FilePurpose, NewFile};
use crate::settings;
use crate::users::User;

/// Downloads media and returns its file; `None` if the platform does not have it any more, or if it
/// cannot be stored.
///
/// # Errors
/// 503 if the platform or the store is unavailable.
pub(super) async fn fetch(
    bridge: &Bridge,
    tenant: &TenantStore,
    integration: &Entity<PlatformIntegration>,
    client: Id<User>,
    inbound: &InboundMedia,
) -> Result<Option<Id<File>>> {
    let download = match &inbound.location {
        // Media of Instagram needs no token, so it gets none.
        MediaLocation::Url(url) => Some(Download {
            url: url.clone(),
            token: None,
        }),
        MediaLocation::Id(id) => media_url(bridge, tenant, integration, id).await?,
    };
    let Some(download) = download else {
        return Ok(None);
    };
    let content = match bridge.graph.download(download).await {
        Ok(content) => content,
        Err(GraphError::Unclear) => return Err(unavailable()),
        Err(GraphError::NotSent) => return Ok(None),
    };
    let new = NewFile {
        user: Some(client),
        purpose: FilePurpose::Attachment,
        name: inbound.name.clone(),
        content_type: inbound.content_type.clone(),
        rules: settings::get(tenant).await?.file_rules(),
    };
    let max_bytes = limit::PLATFORM_MEDIA_BYTES as u64;
    match media::create(tenant, &bridge.media, new, content, max_bytes).await {
        Ok(file) => Ok(Some(file.id)),
        Err(error) if error.code == ErrorCode::Unavailable => Err(error),
        Err(error) => {
            tracing::info!(tenant = %tenant.id(), code = %error.code, "media of a platform cannot be stored");
            Ok(None)
        }
    }
}

/// Returns where media with an id is; the URL is valid for some minutes only.
async fn media_url(
    bridge: &Bridge,
    tenant: &TenantStore,
    integration: &Entity<PlatformIntegration>,
    id: &str,
) -> Result<Option<Download>> {
    if !id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    let token = Secret::AccessToken.open(
        &bridge.key_ring,
        tenant.id(),
        integration.id,
        &integration.secrets.0,
    )?;
    let request = GraphRequest {
        path: path(&integration.settings.0, id),
        token: token.clone(),
        body: None,
    };
    let response = bridge.graph.call(request).await;
    let response = response.map_err(|_| unavailable())?;
    if response.status == 429 || response.status >= 500 {
        return Err(unavailable());
    }
    let url = response.body.get("url").and_then(Value::as_str);
    Ok(url.map(|url| Download {
        url: url.to_owned(),
        token: Some(token),
    }))
}

fn unavailable() -> Error {
    Error::new(
        ErrorCode::Unavailable,
        "The media of the message cannot be downloaded now.",
    )
}
