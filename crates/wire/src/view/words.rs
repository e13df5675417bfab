//! The closed lists of words that stand on both sides of the wire.

use domain::messaging as rooms;

use crate::{AttachmentType, ConversationType, DeliveryStatus, MessageType, ParticipantRole, Visibility};

macro_rules! same_words {
    ($($wire:ident = $room:path { $($word:ident),+ };)+) => {$(
        impl From<$room> for $wire {
            fn from(word: $room) -> Self {
                match word { $(<$room>::$word => Self::$word),+ }
            }
        }

        impl From<$wire> for $room {
            fn from(word: $wire) -> Self {
                match word { $($wire::$word => Self::$word),+ }
            }
        }
    )+};
}

same_words! {
    ConversationType = rooms::ConversationType { Direct, Group, Channel };
    Visibility = rooms::Visibility { Public, Private };
    ParticipantRole = rooms::Role { Owner, Admin, Member };
    DeliveryStatus = rooms::Status { Sent, Delivered, Read };
}

macro_rules! stored_words {
    ($($wire:ident { $($word:ident = $text:literal),+ } else $other:ident;)+) => {$(
        impl $wire {
            /// The word as it is stored.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$word => $text),+ }
            }

            /// The stored word.
            pub(crate) fn of(text: &str) -> Self {
                match text { $($text => Self::$word,)+ _ => Self::$other }
            }
        }
    )+};
}

stored_words! {
    MessageType { Text = "text", Image = "image", Video = "video", Audio = "audio", File = "file" } else Text;
    AttachmentType { Image = "image", Video = "video", Audio = "audio", File = "file" } else File;
}
