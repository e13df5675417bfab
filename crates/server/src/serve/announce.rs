use std::fmt::Write as _;

use serde_json::json;

use crate::cli_error::CliError;
use crate::demo::Demo;
use crate::listen::Listener;
use crate::terminal::print_line;

/// Prints the addresses of the server and the texts of the demo, as text or as
/// one line of JSON.
///
/// # Errors
/// Fails if an address cannot be determined.
pub fn announce(
    public: &Listener,
    admin: &Listener,
    demo: Option<&Demo>,
    as_json: bool,
) -> Result<(), CliError> {
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
        let mut text = format!("caas listens on {listen}, admin listener on {admin}");
        if let Some(greeting) = greeting {
            let _ = write!(
                text,
                "\n\nOpen the chat page as Alice and Bob (valid once, for 10 minutes):\n  {}\n",
                greeting.link
            );
            let _ = write!(
                text,
                "\nAPI key of the demo tenant (valid until the next start):\n  {}\n",
                greeting.api_key
            );
            let _ = write!(text, "\nSend a message:\n  {}\n", greeting.curl);
        }
        text
    };
    // On a thread of its own: a reader that does not read would block the runtime.
    std::thread::spawn(move || {
        if let Err(error) = print_line(&text) {
            tracing::warn!(%error, "failed to write the announcement to standard output");
        }
    });
    Ok(())
}
