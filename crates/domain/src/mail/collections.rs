use base::{Id, Timestamp};

use crate::identity::User;

store::collection! {
    /// A mail in the development mailbox, which replaces SMTP.
    pub struct MailboxMessage: TenantData "mailbox_messages" {
        /// User whom the mail concerns; absent if there is none yet.
        user_id: Option<Id<User>>,
        /// Address of the recipient.
        to: String,
        /// Subject.
        subject: String,
        /// Text body.
        text: String,
        /// HTML body.
        html: String,
        /// Time of the delivery.
        sent_at: Timestamp,
        /// Expiry.
        expires_at: Timestamp,
    }
    expires: expires_at;
    indexes {
        /// Lists the mails, oldest first.
        by_sent: None [sent_at];
        /// Finds the mails of a user.
        by_user: None [user_id];
    }
    personal {
        user_id: purge by by_user, exported: false;
    }
}
