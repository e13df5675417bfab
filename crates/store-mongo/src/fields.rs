//! Fields of a BSON document (specification 1.1), decoded in the server's response buffer. The
//! driver's own iterator scans each name three times, which was most of the cost of reading a
//! document.

use base::{ObjectId, Timestamp};
use mongodb::bson::RawDocument;
use mongodb::bson::spec::ElementType;

/// Field whose value is not decoded yet.
#[derive(Clone, Copy)]
pub(crate) struct Field<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) kind: ElementType,
    bytes: &'a [u8],
}

/// Error for a document that is truncated within a field or has a field of unknown type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("truncated document or unknown field type")]
pub(crate) struct Broken;

/// Iterator over the fields of a document, in document order. Ends after the first error.
pub(crate) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(crate) fn of(document: &'a RawDocument) -> Self {
        // A document begins with its length in four bytes and ends with a zero byte.
        let bytes = document.as_bytes();
        Self(
            bytes
                .get(4..bytes.len().saturating_sub(1))
                .unwrap_or_default(),
        )
    }

    fn take(&mut self) -> Option<Field<'a>> {
        let (kind, rest) = self.0.split_first()?;
        let kind = ElementType::from(*kind)?;
        let (name, rest) = rest.split_at_checked(rest.iter().position(|byte| *byte == 0)?)?;
        let rest = &rest[1..];
        let (bytes, rest) = rest.split_at_checked(length(kind, rest)?)?;
        self.0 = rest;
        Some(Field { name, kind, bytes })
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let taken = self.take();
        if taken.is_none() {
            self.0 = &[];
        }
        Some(taken.ok_or(Broken))
    }
}

/// Returns the first field with this name.
pub(crate) fn find<'a>(document: &'a RawDocument, name: &str) -> Option<Field<'a>> {
    Fields::of(document)
        .flatten()
        .find(|field| field.name == name.as_bytes())
}

/// Returns the length in bytes of the value of this type at the start of `rest`.
fn length(kind: ElementType, rest: &[u8]) -> Option<usize> {
    let length = || usize::try_from(i32::from_le_bytes(*rest.first_chunk()?)).ok();
    let with = |more: usize| length()?.checked_add(more);
    match kind {
        ElementType::Null | ElementType::Undefined | ElementType::MinKey | ElementType::MaxKey => {
            Some(0)
        }
        ElementType::Boolean => Some(1),
        ElementType::Int32 => Some(4),
        ElementType::Int64
        | ElementType::Double
        | ElementType::DateTime
        | ElementType::Timestamp => Some(8),
        ElementType::ObjectId => Some(12),
        ElementType::Decimal128 => Some(16),
        ElementType::EmbeddedDocument
        | ElementType::Array
        | ElementType::JavaScriptCodeWithScope => length(),
        ElementType::String | ElementType::Symbol | ElementType::JavaScriptCode => with(4),
        ElementType::Binary => with(4 + 1),
        ElementType::DbPointer => with(4 + 12),
        ElementType::RegularExpression => {
            let zeros = rest.iter().enumerate().filter(|(_, byte)| **byte == 0);
            zeros.map(|(at, _)| at + 1).nth(1)
        }
    }
}

impl<'a> Field<'a> {
    fn when(self, kind: ElementType) -> Option<&'a [u8]> {
        (self.kind == kind).then_some(self.bytes)
    }

    fn number<const N: usize>(self, kind: ElementType) -> Option<[u8; N]> {
        self.when(kind)?.try_into().ok()
    }

    pub(crate) fn truth(self) -> Option<bool> {
        self.number(ElementType::Boolean).map(|[truth]| truth != 0)
    }

    pub(crate) fn id(self) -> Option<ObjectId> {
        self.number(ElementType::ObjectId).map(ObjectId)
    }

    pub(crate) fn time(self) -> Option<Timestamp> {
        self.number(ElementType::DateTime)
            .map(|millis| Timestamp::from_millis(i64::from_le_bytes(millis)))
    }

    /// Returns an integer of either width: the server computes small numbers as 32 bits.
    pub(crate) fn whole(self) -> Option<i64> {
        let wide = self.number(ElementType::Int64).map(i64::from_le_bytes);
        wide.or_else(|| {
            self.number(ElementType::Int32)
                .map(|narrow| i32::from_le_bytes(narrow).into())
        })
    }

    pub(crate) fn fraction(self) -> Option<f64> {
        self.number(ElementType::Double).map(f64::from_le_bytes)
    }

    pub(crate) fn text(self) -> Option<&'a str> {
        let text = self.when(ElementType::String)?;
        std::str::from_utf8(text.get(4..text.len().checked_sub(1)?)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use mongodb::bson::oid::ObjectId as DriversId;
    use mongodb::bson::spec::BinarySubtype;
    use mongodb::bson::{
        Binary, Bson, DateTime, Decimal128, Document, JavaScriptCodeWithScope, RawDocumentBuf,
        Regex, doc,
    };

    use super::*;

    /// Returns a document with a field of every type that can be written, then a text field `last`.
    fn every_kind() -> Document {
        let mut document =
            doc! { "embedded": { "a": { "b": 1 } }, "array": [1, "two"], "empty": "" };
        let binary = Binary {
            subtype: BinarySubtype::Generic,
            bytes: vec![0, 1, 0],
        };
        let scoped = JavaScriptCodeWithScope {
            code: "a".to_owned(),
            scope: doc! { "b": 1 },
        };
        let regex = Regex {
            pattern: "a+".try_into().unwrap(),
            options: "i".try_into().unwrap(),
        };
        let others = [
            Bson::Null,
            Bson::Undefined,
            Bson::MinKey,
            Bson::MaxKey,
            Bson::Boolean(true),
            Bson::Int32(-7),
            Bson::Int64(i64::MIN),
            Bson::Double(0.1),
            Bson::DateTime(DateTime::from_millis(-1)),
            Bson::Timestamp(mongodb::bson::Timestamp {
                time: 1,
                increment: 2,
            }),
            Bson::ObjectId(DriversId::from_bytes([7; 12])),
            Bson::Decimal128(Decimal128::from_bytes([1; 16])),
            Bson::Binary(binary),
            Bson::Symbol("symbol".to_owned()),
            Bson::JavaScriptCode("code()".to_owned()),
            Bson::JavaScriptCodeWithScope(scoped),
            Bson::RegularExpression(regex),
        ];
        for (number, value) in others.into_iter().enumerate() {
            document.insert(format!("field {number}"), value);
        }
        document.insert("last", "Größe");
        document
    }

    #[test]
    fn every_kind_is_walked_over_as_the_driver_does() {
        let raw = RawDocumentBuf::try_from(&every_kind()).unwrap();
        let ours =
            Fields::of(&raw).map(|field| field.map(|field| (field.name.to_owned(), field.kind)));
        let theirs = raw.iter_elements().map(|element| {
            let element = element.unwrap();
            Ok((
                element.key().as_str().as_bytes().to_owned(),
                element.element_type(),
            ))
        });
        assert!(ours.eq(theirs));
        assert_eq!(find(&raw, "last").and_then(Field::text), Some("Größe"));
    }

    #[test]
    fn values_are_read_and_no_others() {
        let id = DriversId::from_bytes([7; 12]);
        let time = DateTime::from_millis(-1);
        let raw = RawDocumentBuf::try_from(&doc! {
            "id": id, "time": time, "wide": i64::MIN, "narrow": -7, "truth": true, "fraction": 0.1, "text": "a",
        });
        let raw = raw.unwrap();
        let field = |name| find(&raw, name).unwrap();
        assert_eq!(field("id").id(), Some(ObjectId([7; 12])));
        assert_eq!(field("time").time(), Some(Timestamp::from_millis(-1)));
        assert_eq!(
            (field("wide").whole(), field("narrow").whole()),
            (Some(i64::MIN), Some(-7))
        );
        assert_eq!(
            (field("truth").truth(), field("fraction").fraction()),
            (Some(true), Some(0.1))
        );
        assert_eq!(
            (
                field("text").text(),
                field("text").whole(),
                field("wide").time()
            ),
            (Some("a"), None, None)
        );
        assert!(find(&raw, "tex").is_none());
    }

    #[test]
    fn a_broken_document_is_an_error_and_ends() {
        let whole = RawDocumentBuf::try_from(&every_kind())
            .unwrap()
            .into_bytes();
        for cut in 5..whole.len() {
            let mut bytes = whole[..cut].to_vec();
            bytes[..4].copy_from_slice(&i32::try_from(cut).unwrap().to_le_bytes());
            bytes[cut - 1] = 0;
            // The cut may be a valid end of a field, for the driver as well.
            let raw = RawDocument::from_bytes(&bytes).unwrap();
            let broken = Fields::of(raw).filter(Result::is_err).count();
            assert!(broken <= 1, "cut to {cut} bytes");
        }
        for byte in 4..whole.len() - 1 {
            let mut bytes = whole.clone();
            bytes[byte] ^= 0x55;
            let raw = RawDocument::from_bytes(&bytes).unwrap();
            assert!(
                Fields::of(raw).filter(Result::is_err).count() <= 1,
                "byte {byte} differs"
            );
        }
        let told_too_long = [15, 0, 0, 0, 2, b'a', 0, 255, 255, 255, 127, b'b', 0, 0, 0];
        let raw = RawDocument::from_bytes(&told_too_long).unwrap();
        assert_eq!(
            Fields::of(raw)
                .map(|field| field.map(|_| ()))
                .collect::<Vec<_>>(),
            [Err(Broken)]
        );
    }
}
