use serde::Serialize;

use super::Demo;
use super::welcome::GROUP;

/// What is printed of the demo; each of the three works as it stands.
#[derive(Debug, Serialize)]
pub struct Greeting {
    /// Opens the chat page as both users, once.
    pub link: String,
    /// An API key of the demo tenant, until the next start.
    pub api_key: String,
    /// Sends a message.
    pub curl: String,
}

impl Demo {
    /// What to print for a server at this address.
    pub fn greeting(&self, url: &str) -> Greeting {
        let curl = [
            format!("curl {url}/v1/conversations/ext:{GROUP}/messages"),
            format!("-H 'Authorization: Bearer {}'", self.key),
            "-H 'Caas-User: ext:alice'".to_owned(),
            "-H 'Content-Type: application/json'".to_owned(),
            "-d '{\"content\":\"Hello from curl\"}'".to_owned(),
        ];
        let link = format!("{url}/#exchange={}", self.link.code());
        Greeting {
            link,
            api_key: self.key.clone(),
            curl: curl.join(" "),
        }
    }
}
