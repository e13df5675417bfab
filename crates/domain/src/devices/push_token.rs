use std::fmt;

use store::{FieldType, Kind, Mismatch, Value};

/// What a push service knows a device by. Whoever has it can push, so it is
/// neither shown nor logged.
#[derive(Clone, PartialEq, Eq)]
pub struct PushToken(pub String);

impl fmt::Debug for PushToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PushToken")
    }
}

impl FieldType for PushToken {
    type Inner = Self;
    const KIND: Kind = Kind::Text;

    fn store(&self) -> Option<Value> {
        Some(Value::Text(self.0.clone().into()))
    }

    fn load(value: Option<Value>) -> Result<Self, Mismatch> {
        match value {
            Some(Value::Text(text)) => Ok(Self(text.into_owned())),
            _ => Err(Mismatch(
                "PushToken from something else than text".to_owned(),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_not_in_its_debug_text() {
        assert!(!format!("{:?}", PushToken("secret".to_owned())).contains("secret"));
    }
}
