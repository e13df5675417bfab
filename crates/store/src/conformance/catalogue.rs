//! Collections that together use every feature of a declaration.

use base::{Id, ObjectId, Timestamp};

use crate::{Declaration, Json, JsonText, RawJson, Seq, collection};

/// What a log of [`Entry`]s belongs to.
#[derive(Debug)]
pub enum Room {}

/// Every declaration of the proof.
#[must_use]
pub fn catalogue() -> Vec<&'static Declaration> {
    use crate::Collection as _;
    vec![
        Operator::DECLARATION,
        Person::DECLARATION,
        Sample::DECLARATION,
        Voucher::DECLARATION,
        Member::DECLARATION,
        Entry::DECLARATION,
        Typing::DECLARATION,
        Errand::DECLARATION,
        Visit::DECLARATION,
    ]
}

collection! {
    /// A document of the platform.
    pub struct Operator: PlatformData "proof_operators" {
        /// Unique when present.
        email: Option<String>,
        /// What it is called.
        name: String,
    }
    watched: true;
    indexes {
        by_email: UniqueWhenPresent [email];
        by_name: None [name];
    }
    personal: none("the proof erases nobody");
}

collection! {
    /// A document that is deleted softly.
    pub struct Person: TenantData "proof_people" {
        /// The tenant's own id, unique when present, also of a deleted person.
        external_id: Option<String>,
        /// A group of people.
        team: String,
        /// Orders people within a team; may be absent.
        age: Option<i64>,
        /// A counter.
        points: Option<i64>,
        /// A time that is raised.
        seen_at: Option<Timestamp>,
    }
    soft_delete: true;
    watched: true;
    indexes {
        by_external_id: UniqueWhenPresent [external_id];
        by_team: None [team, age];
        by_age: None [age];
    }
    personal: none("the proof erases nobody");
}

collection! {
    /// A field of every kind, there and absent.
    pub struct Sample: TenantData "proof_samples" {
        /// True or false.
        flag: bool,
        /// A whole number.
        int: i64,
        /// A broken number.
        float: f64,
        /// Text.
        text: String,
        /// An id.
        reference: ObjectId,
        /// A moment.
        time: Timestamp,
        /// A list of its own.
        list: Json<Vec<String>>,
        /// JSON as it came.
        raw: RawJson,
        /// JSON under any keys.
        any: JsonText,
        /// True, false or absent.
        maybe_flag: Option<bool>,
        /// A whole number or absent.
        maybe_int: Option<i64>,
        /// A broken number or absent.
        maybe_float: Option<f64>,
        /// Text or absent.
        maybe_text: Option<String>,
        /// An id or absent.
        maybe_reference: Option<ObjectId>,
        /// A moment or absent.
        maybe_time: Option<Timestamp>,
        /// A list or absent.
        maybe_list: Option<Json<Vec<String>>>,
        /// JSON or absent.
        maybe_raw: Option<RawJson>,
        /// JSON under any keys, or absent.
        maybe_any: Option<JsonText>,
    }
    indexes {
        by_flag: None [flag];
        by_int: None [int];
        by_float: None [float];
        by_text: None [text];
        by_reference: None [reference];
        by_time: None [time];
        by_maybe_text: None [maybe_text, maybe_int];
    }
    personal: none("the proof erases nobody");
}

collection! {
    /// A document that expires.
    pub struct Voucher: TenantData "proof_vouchers" {
        /// Unique.
        code: String,
        /// When it is no longer seen.
        expires_at: Option<Timestamp>,
    }
    expires: expires_at;
    indexes {
        by_code: Unique [code];
    }
    personal: none("the proof erases nobody");
}

collection! {
    /// A person in a room, as upserts need it.
    pub struct Member: TenantData "proof_members" {
        /// The room.
        room: Id<Room>,
        /// The person.
        person: Id<Person>,
        /// Overwritten.
        role: String,
        /// Raised.
        read_seq: i64,
        /// Raised from absent.
        read_at: Option<Timestamp>,
        /// The record beside which the document was written.
        joined_seq: Option<Seq>,
        /// When that record was written.
        joined_at: Option<Timestamp>,
        /// Unique in the room, when present.
        seat: Option<i64>,
    }
    shard_by: [room];
    indexes {
        by_room: Unique [room, person];
        by_seat: UniqueWhenPresent [room, seat];
        by_person: None [person, read_seq];
    }
    personal: none("the proof erases nobody");
}

collection! {
    /// A record of a room's log.
    pub struct Entry: TenantData "proof_entries" {
        /// The log.
        room: Id<Room>,
        /// Its number.
        seq: Seq,
        /// Whether it is of the main timeline.
        shown: bool,
        /// Who wrote it.
        sender: Option<Id<Person>>,
        /// The sender's own id of it.
        client_id: Option<String>,
        /// The last record that changed it, at first itself.
        changed_seq: Seq,
        /// What it says.
        text: String,
    }
    shard_by: [room];
    log: { key: room of Room, seq: seq, shown: shown, fence: by_seq, timeline: by_shown, retry: by_client_id };
    indexes {
        by_seq: Unique [room, seq];
        by_shown: Unique [room, shown, seq];
        by_client_id: UniqueWhenPresent [room, sender, client_id];
    }
    personal: none("the proof erases nobody");
}

collection! {
    /// What is worthless after a restart.
    pub struct Typing: TenantEphemeral "proof_typing" {
        /// The room.
        room: Id<Room>,
        /// The person.
        person: Id<Person>,
        /// When it is no longer seen.
        expires_at: Timestamp,
    }
    expires: expires_at;
    indexes {
        by_room: Unique [room, person];
    }
    personal: none("the proof erases nobody");
}

collection! {
    /// Work for a job.
    pub struct Errand: TenantData "proof_errands" {
        /// What is to be done.
        what: String,
        /// When; absent once nothing is.
        due_at: Option<Timestamp>,
    }
    due: due_at;
    indexes {}
    personal: none("the proof erases nobody");
}

collection! {
    /// What is counted, beside the tenant's place.
    pub struct Visit: TenantAnalytics "proof_visits" {
        /// What was visited.
        page: String,
        /// When.
        minute: i64,
        /// By whom, when that is known.
        person: Option<Id<Person>>,
    }
    indexes {
        by_minute: None [minute, page, person];
        by_page: None [page, minute];
    }
    personal: none("the proof erases nobody");
}
