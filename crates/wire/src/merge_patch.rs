use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use base::Result;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, KnownFormat, Object, ObjectBuilder, OneOfBuilder, Schema, SchemaFormat,
    SchemaType, Type,
};
use utoipa::{PartialSchema, ToSchema};

use crate::non_null::Version;
use crate::strict;

/// JSON Merge Patch (RFC 7396) of a `T`: given fields are updated, objects are merged key by key,
/// `null` removes a value. An optional `version` makes the update conditional.
#[derive(Debug, Clone)]
pub struct MergePatch<T> {
    patch: Map<String, Value>,
    /// The expected version.
    pub version: Option<i64>,
    target: PhantomData<fn() -> T>,
}

impl<T: Serialize + DeserializeOwned> MergePatch<T> {
    /// Returns the object with the patch applied.
    ///
    /// # Errors
    /// Fails with 400 `invalid_request` and a pointer if the result is invalid.
    pub fn applied(&self, present: &T) -> Result<T> {
        let mut merged = serde_json::to_value(present).map_err(base::Error::internal)?;
        merge(&mut merged, Value::Object(self.patch.clone()));
        strict::typed(merged)
    }
}

/// Applies a patch as RFC 7396 specifies.
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(fields) = target else {
        return;
    };
    for (key, value) in patch {
        if value.is_null() {
            fields.remove(&key);
        } else {
            merge(fields.entry(key).or_insert(Value::Null), value);
        }
    }
}

impl<'de, T> Deserialize<'de> for MergePatch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields(PhantomData))
    }
}

/// Reads the fields one by one, so that the error of an invalid version names its place.
struct Fields<T>(PhantomData<fn() -> T>);

impl<'de, T> Visitor<'de> for Fields<T> {
    type Value = MergePatch<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let mut patch = Map::new();
        let mut version = None;
        while let Some(key) = fields.next_key::<String>()? {
            if key == "version" {
                version = Some(fields.next_value::<Version>()?.0);
            } else {
                patch.insert(key, fields.next_value()?);
            }
        }
        Ok(MergePatch {
            patch,
            version,
            target: PhantomData,
        })
    }
}

impl<T: ToSchema> PartialSchema for MergePatch<T> {
    fn schema() -> RefOr<Schema> {
        let mut components = Vec::new();
        T::schemas(&mut components);
        let RefOr::T(Schema::Object(target)) = T::schema() else {
            return T::schema();
        };
        let mut object = patched(target, &components);
        object.description = Some(
            "A JSON Merge Patch (RFC 7396): what is given changes, objects are merged key by key at every level, \
             arrays are replaced, `null` takes away."
                .to_owned(),
        );
        let version = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .minimum(Some(1))
            .description(Some(
                "The version that was read; another one that stands is 409 `version_conflict`.",
            ));
        object
            .properties
            .insert("version".to_owned(), Schema::from(version).into());
        Schema::from(object).into()
    }
}

/// Returns the schema of a patch of an object: no field is required, and all but the required
/// fields of the object can be removed.
fn patched(mut object: Object, components: &[(String, RefOr<Schema>)]) -> Object {
    let required = std::mem::take(&mut object.required);
    for (name, field) in &mut object.properties {
        let of_field = patched_field(without_null(field.clone()), components);
        *field = if required.contains(name) {
            of_field
        } else {
            or_null(of_field)
        };
    }
    object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
    object.default = None;
    object
}

/// Returns the schema of a patch of a field: objects with known fields are merged, everything
/// else is replaced.
fn patched_field(field: RefOr<Schema>, components: &[(String, RefOr<Schema>)]) -> RefOr<Schema> {
    let RefOr::Ref(reference) = &field else {
        return field;
    };
    let component = components
        .iter()
        .find(|(name, _)| reference.ref_location.ends_with(&format!("/{name}")));
    match component {
        Some((_, RefOr::T(Schema::Object(object)))) if !object.properties.is_empty() => {
            let mut patch = patched(object.clone(), components);
            if !reference.description.is_empty() {
                patch.description = Some(reference.description.clone());
            }
            Schema::from(patch).into()
        }
        _ => field,
    }
}

/// Returns the single non-`null` schema of a choice, if there is one.
fn without_null(field: RefOr<Schema>) -> RefOr<Schema> {
    let RefOr::T(Schema::OneOf(mut either)) = field else {
        return field;
    };
    either.items.retain(
        |item| !matches!(item, RefOr::T(Schema::Object(object)) if object.schema_type == SchemaType::Type(Type::Null)),
    );
    match either.items.len() {
        1 => either.items.remove(0),
        _ => Schema::OneOf(either).into(),
    }
}

fn or_null(field: RefOr<Schema>) -> RefOr<Schema> {
    Schema::from(
        OneOfBuilder::new()
            .item(ObjectBuilder::new().schema_type(Type::Null))
            .item(field),
    )
    .into()
}

impl<T: ToSchema> ToSchema for MergePatch<T> {
    fn name() -> Cow<'static, str> {
        format!("{}Patch", T::name().trim_end_matches("Content")).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        T::schemas(schemas);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{PreferencesPatch, ProfilePatch};

    #[test]
    fn the_examples_of_the_standard_come_out_as_it_says() {
        let cases = [
            (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
            (json!({"a":"b"}), json!({"a":null}), json!({})),
            (
                json!({"a":"b","b":"c"}),
                json!({"a":null}),
                json!({"b":"c"}),
            ),
            (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"c"}), json!({"a":["b"]}), json!({"a":["b"]})),
            (
                json!({"a":{"b":"c"}}),
                json!({"a":{"b":"d","c":null}}),
                json!({"a":{"b":"d"}}),
            ),
            (json!({"a":[{"b":"c"}]}), json!({"a":[1]}), json!({"a":[1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a":"b"}), json!(["c"]), json!(["c"])),
            (json!({"a":"foo"}), json!(null), json!(null)),
            (json!({"a":"foo"}), json!("bar"), json!("bar")),
            (json!({"e":null}), json!({"a":1}), json!({"e":null,"a":1})),
            (json!([1, 2]), json!({"a":"b","c":null}), json!({"a":"b"})),
            (
                json!({}),
                json!({"a":{"bb":{"ccc":null}}}),
                json!({"a":{"bb":{}}}),
            ),
        ];
        for (mut target, patch, result) in cases {
            merge(&mut target, patch.clone());
            assert_eq!(target, result, "{patch}");
        }
    }

    #[test]
    fn what_a_patch_would_break_is_refused_at_its_place() {
        let refused = |text: &str| {
            let patch = strict::parse::<PreferencesPatch>(text.as_bytes());
            let failure = patch
                .and_then(|patch| patch.applied(&crate::PreferencesContent::default()))
                .unwrap_err();
            failure.faults[0].pointer.clone().into_owned()
        };
        assert_eq!(refused(r#"{"theme":"blue"}"#), "/theme");
        assert_eq!(refused(r#"{"colour":"blue"}"#), "/colour");
        assert_eq!(
            refused(r#"{"widgets":{"enabled":["clock",7]}}"#),
            "/widgets/enabled/1"
        );
        assert_eq!(
            refused(r#"{"notifications":{"push":{"quiet_hours":{"start":"22:00"}}}}"#),
            "/notifications/push/quiet_hours/end"
        );
        assert_eq!(refused("[]"), "");
        assert_eq!(refused(r#"{"version":"1"}"#), "/version");
        assert_eq!(refused(r#"{"version":0}"#), "/version");
    }

    #[test]
    fn null_brings_the_default_back() {
        let patch = |text: &str| strict::parse::<PreferencesPatch>(text.as_bytes()).unwrap();
        let dark = patch(r#"{"theme":"dark","version":3}"#);
        assert_eq!(dark.version, Some(3));
        let present = dark.applied(&crate::PreferencesContent::default()).unwrap();
        let cleared = patch(r#"{"theme":null}"#).applied(&present).unwrap();
        assert_eq!(
            (present.theme, cleared.theme),
            (crate::Theme::Dark, crate::Theme::Auto)
        );
    }

    #[test]
    fn metadata_is_merged_key_by_key() {
        let patch = |text: &str| strict::parse::<ProfilePatch>(text.as_bytes()).unwrap();
        let one = patch(r#"{"metadata":{"a":{"b":1,"c":2}}}"#)
            .applied(&crate::ProfileContent::default())
            .unwrap();
        let two = patch(r#"{"metadata":{"a":{"c":null,"d":[3]}}}"#)
            .applied(&one)
            .unwrap();
        assert_eq!(
            Value::Object(two.metadata.unwrap()),
            json!({"a":{"b":1,"d":[3]}})
        );
    }
}
