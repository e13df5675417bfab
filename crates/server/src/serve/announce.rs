use std::fmt::Write as _;

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
pub fn announce(
    public: &Listener,
    admin: &Listener,
    demo: Option<&Demo>,
    as_json: bool,
) -> Result<(), Refusal> {
    let listen = public.url()?;
    let admin = admin.url()?;
    let greeting = demo.map(|demo| demo.greeting(&listen));
    let text = if as_json {
        let mut line = json!({"listen": listen, "admin_listen": admin});
        if let Some(greeting) = greeting {
            line["demo"] = serde_json::to_value(greeting).unwrap_or_default();
        }
        line.to_string()
    } else {
        let mut text = format!("caas listens on {listen}, for the operator on {admin}");
        if let Some(greeting) = greeting {
            let _ = write!(
                text,
                "\n\nChat as Alice and Bob (once, within 10 minutes):\n  {}\n",
                greeting.link
            );
            let _ = write!(
                text,
                "\nAPI key of the demo tenant, until the next start:\n  {}\n",
                greeting.api_key
            );
            let _ = write!(text, "\nSend a message:\n  {}\n", greeting.curl);
        }
        text
    };
    // Not on a thread of the runtime: a reader that does not read would block it.
    std::thread::spawn(move || {
        if let Err(error) = say(&text) {
            tracing::warn!(%error, "the announcement could not be written to standard output");
        }
    });
    Ok(())
}
