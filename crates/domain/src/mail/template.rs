use super::MailKind;

/// Subject and bodies of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedMail {
    /// Subject, one line.
    pub subject: String,
    /// Text body.
    pub text: String,
    /// HTML body.
    pub html: String,
}

/// Texts of a kind of mail in one language. `{app}` is the name of the application.
struct Texts {
    subject: &'static str,
    lead: &'static str,
    rest: &'static str,
}

/// Returns the text of a mail. Languages other than German get English.
#[must_use]
pub fn render(
    kind: MailKind,
    language: Option<&str>,
    application: &str,
    code: Option<&str>,
) -> RenderedMail {
    let is_german = language
        .and_then(|language| language.split('-').next())
        .is_some_and(|primary| primary.eq_ignore_ascii_case("de"));
    let texts = if is_german {
        german(kind)
    } else {
        english(kind)
    };
    // A name has one line, so that it adds no header.
    let fill = |text: &str| text.replace("{app}", application);
    let subject = fill(texts.subject);
    let lead = fill(texts.lead);
    let rest = fill(texts.rest);
    let code_text = code.map(|code| format!("{code}\n\n")).unwrap_or_default();
    let code_html = code
        .map(|code| {
            format!(
                "<p style=\"font-size:1.6em;letter-spacing:.1em\"><strong>{}</strong></p>",
                escaped(code)
            )
        })
        .unwrap_or_default();
    let html = format!(
        "<!doctype html><html><body><p>{}</p>{code_html}<p>{}</p></body></html>\n",
        escaped(&lead),
        escaped(&rest)
    );
    RenderedMail {
        subject,
        text: format!("{lead}\n\n{code_text}{rest}\n"),
        html,
    }
}

const fn english(kind: MailKind) -> Texts {
    match kind {
        MailKind::SignUpCode => Texts {
            subject: "Your code for {app}",
            lead: "Enter this code to complete your sign-up for {app}:",
            rest: "The code expires in 10 minutes. If you did not sign up, ignore this mail.",
        },
        MailKind::AccountExists => Texts {
            subject: "You already have an account at {app}",
            lead: "Your address was used to sign up for {app}, where you already have an account.",
            rest: "Sign in instead, or reset your password if you have forgotten it. If you did not sign up, ignore this mail.",
        },
        MailKind::SignInCode => Texts {
            subject: "Your code for {app}",
            lead: "Enter this code to sign in to {app}:",
            rest: "The code expires in 10 minutes. If you did not try to sign in, ignore this mail.",
        },
        MailKind::RecoveryCode => Texts {
            subject: "Reset your password for {app}",
            lead: "Enter this code to set a new password for {app}:",
            rest: "The code expires in 10 minutes. If you did not request it, ignore this mail; your password is unchanged.",
        },
        MailKind::EmailChangeCode => Texts {
            subject: "Confirm your address for {app}",
            lead: "Enter this code to confirm this address for your account at {app}:",
            rest: "The code expires in 10 minutes. If you did not request it, ignore this mail.",
        },
        MailKind::EmailChanged => Texts {
            subject: "Your address at {app} was changed",
            lead: "The e-mail address of your account at {app} was changed.",
            rest: "If you did not change it, contact the operator of {app} at once.",
        },
        MailKind::PasswordChanged => Texts {
            subject: "Your password for {app} was changed",
            lead: "The password of your account at {app} was changed. Other devices are signed out.",
            rest: "If you did not change it, reset your password at once.",
        },
    }
}

const fn german(kind: MailKind) -> Texts {
    match kind {
        MailKind::SignUpCode => Texts {
            subject: "Ihr Code für {app}",
            lead: "Geben Sie diesen Code ein, um Ihre Registrierung bei {app} abzuschließen:",
            rest: "Der Code läuft in 10 Minuten ab. Wenn Sie sich nicht registriert haben, ignorieren Sie diese E-Mail.",
        },
        MailKind::AccountExists => Texts {
            subject: "Sie haben bereits ein Konto bei {app}",
            lead: "Ihre Adresse wurde für eine Registrierung bei {app} verwendet, wo Sie bereits ein Konto haben.",
            rest: "Melden Sie sich an, oder setzen Sie Ihr Passwort zurück. Wenn Sie sich nicht registriert haben, ignorieren Sie diese E-Mail.",
        },
        MailKind::SignInCode => Texts {
            subject: "Ihr Code für {app}",
            lead: "Geben Sie diesen Code ein, um sich bei {app} anzumelden:",
            rest: "Der Code läuft in 10 Minuten ab. Wenn Sie sich nicht anmelden wollten, ignorieren Sie diese E-Mail.",
        },
        MailKind::RecoveryCode => Texts {
            subject: "Passwort für {app} zurücksetzen",
            lead: "Geben Sie diesen Code ein, um ein neues Passwort für {app} zu setzen:",
            rest: "Der Code läuft in 10 Minuten ab. Wenn Sie ihn nicht angefordert haben, ignorieren Sie diese E-Mail; Ihr Passwort ist unverändert.",
        },
        MailKind::EmailChangeCode => Texts {
            subject: "Adresse für {app} bestätigen",
            lead: "Geben Sie diesen Code ein, um diese Adresse für Ihr Konto bei {app} zu bestätigen:",
            rest: "Der Code läuft in 10 Minuten ab. Wenn Sie ihn nicht angefordert haben, ignorieren Sie diese E-Mail.",
        },
        MailKind::EmailChanged => Texts {
            subject: "Ihre Adresse bei {app} wurde geändert",
            lead: "Die E-Mail-Adresse Ihres Kontos bei {app} wurde geändert.",
            rest: "Wenn Sie das nicht waren, wenden Sie sich sofort an den Betreiber von {app}.",
        },
        MailKind::PasswordChanged => Texts {
            subject: "Ihr Passwort für {app} wurde geändert",
            lead: "Das Passwort Ihres Kontos bei {app} wurde geändert. Andere Geräte sind abgemeldet.",
            rest: "Wenn Sie das nicht waren, setzen Sie Ihr Passwort sofort zurück.",
        },
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_shows_the_code_and_escapes_the_name() {
        let mail = render(MailKind::SignInCode, None, "Acme <b>", Some("12345678"));
        assert_eq!(mail.subject, "Your code for Acme <b>");
        assert!(mail.text.contains("\n\n12345678\n\n"), "{}", mail.text);
        assert!(mail.html.contains("Acme &lt;b&gt;"), "{}", mail.html);
        assert!(
            mail.html.contains("<strong>12345678</strong>"),
            "{}",
            mail.html
        );
    }

    #[test]
    fn language_selects_the_text() {
        let subject = |language| render(MailKind::SignInCode, language, "Acme", None).subject;
        assert_eq!(subject(Some("de-AT")), "Ihr Code für Acme");
        assert_eq!(subject(Some("fr")), "Your code for Acme");
    }
}
