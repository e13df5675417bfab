//! Values of every kind, present and absent.

use base::Timestamp;

use crate::fixtures::{insert, person, write};
use crate::{Case, Sample, User};
use store::{Changes, Json, JsonText, RawJson, Update};

pub(crate) fn sample(context: &base::Context) -> Sample {
    Sample {
        flag: true,
        int: i64::MAX,
        float: -0.5,
        text: "Grüße, שלום 👋\u{1f3fd} \"quoted\" \\ line\nbreak".to_owned(),
        reference: context.new_object_id(),
        time: Timestamp::from_millis(1_769_860_800_001),
        list: Json(vec!["a".to_owned(), "ü".to_owned()]),
        raw: RawJson(r#"{"a":[1,-2.5,true,null,"x"],"b":{"c":9007199254740993}}"#.into()),
        any: JsonText(r#"{"$gt":{"a.b":"\u0000"},"":[{"$oid":"x"},9007199254740993,-0.5]}"#.into()),
        maybe_flag: None,
        maybe_int: None,
        maybe_float: None,
        maybe_text: None,
        maybe_reference: None,
        maybe_time: None,
        maybe_list: None,
        maybe_raw: None,
        maybe_any: None,
    }
}

fn full(context: &base::Context) -> Sample {
    Sample {
        maybe_flag: Some(false),
        maybe_int: Some(i64::MIN),
        maybe_float: Some(1e300),
        maybe_text: Some(String::new()),
        maybe_reference: Some(context.new_object_id()),
        maybe_time: Some(Timestamp::EPOCH),
        maybe_list: Some(Json(Vec::new())),
        maybe_raw: Some(RawJson("{}".into())),
        maybe_any: Some(JsonText("null".into())),
        ..sample(context)
    }
}

/// Checks that every value is returned exactly as written, JSON with all its keys.
pub async fn every_kind_comes_back_as_it_was(case: &Case<'_>) {
    let tenant = case.tenant();
    let written = insert(&tenant, full(tenant.context())).await;
    let read = tenant.get(written.id).await.unwrap().unwrap();
    assert_eq!(read.to_row(), written.to_row());
}

/// Checks that absent is not null, not zero and not empty.
pub async fn absent_stays_absent(case: &Case<'_>) {
    let tenant = case.tenant();
    let written = insert(&tenant, sample(tenant.context())).await;
    let read = tenant.get(written.id).await.unwrap().unwrap();
    assert_eq!(read.to_row(), written.to_row());
    assert_eq!(
        read.to_row()
            .values
            .iter()
            .filter(|value| value.is_none())
            .count(),
        9
    );
}

/// Checks that an update sets an absent field and clears a present one.
pub async fn a_field_is_cleared(case: &Case<'_>) {
    let tenant = case.tenant();
    let ada = insert(&tenant, person("red")).await;
    let set = Changes::new().set(User::age, 30).set(User::points, 7);
    write(&tenant, |batch| batch.update(ada.id, Update::of(set)))
        .await
        .unwrap();
    let cleared = Changes::new()
        .clear(User::age)
        .put(User::external_id, Some("ada".to_owned()));
    write(&tenant, |batch| batch.update(ada.id, Update::of(cleared)))
        .await
        .unwrap();
    let read = tenant.get(ada.id).await.unwrap().unwrap();
    assert_eq!(
        (
            read.doc.age,
            read.doc.points,
            read.doc.external_id.as_deref()
        ),
        (None, Some(7), Some("ada"))
    );
}
