use serde_json::json;

use crate::demo::Demo;
use crate::listen::Listener;
use crate::refusal::Refusal;
use crate::terminal::say;

/// Says where the server listens and what the demo offers: as text, or as one
/// JSON line for programs.
///
/// # Errors
/// A sentence when an address is unknown.
pub fn announce(public: &Listener, admin: &Listener, demo: Option<&Demo>, as_json: bool) -> Result<(), Refusal> {
    let (listen, admin) = (public.url()?, admin.url()?);
    let greeting = demo.map(|demo| demo.greeting(&listen));
    if as_json {
        let mut line = json!({"listen": listen, "admin_listen": admin});
        if let Some(greeting) = greeting {
            line["demo"] = serde_json::to_value(greeting).unwrap_or_default();
        }
        say(&line.to_string());
        return Ok(());
    }
    say(&format!("caas listens on {listen}, for the operator on {admin}"));
    if let Some(greeting) = greeting {
        say(&format!("\nChat as Alice and Bob (once, within 10 minutes):\n  {}", greeting.link));
        say(&format!("\nAPI key of the demo tenant, until the next start:\n  {}", greeting.api_key));
        say(&format!("\nSend a message:\n  {}\n", greeting.curl));
    }
    Ok(())
}
