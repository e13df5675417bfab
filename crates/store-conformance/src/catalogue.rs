//! Collections that together use every feature of a declaration.

use base::{Id, ObjectId, Timestamp};

use store::{Declaration, Json, JsonText, RawJson, Seq, collection};

/// Owner of a log of [`Entry`] records.
#[derive(Debug)]
pub enum Room {}

/// Returns the declarations of all collections of the conformance tests.
#[must_use]
pub fn catalogue() -> Vec<&'static Declaration> {
    use store::Collection as _;
    vec![
        Operator::DECLARATION,
        User::DECLARATION,
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
    /// Document of the platform.
    pub struct Operator: PlatformData "proof_operators" {
        /// E-mail address, unique when present.
        email: Option<String>,
        /// Display name.
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
    /// Document with soft deletion.
    pub struct User: TenantData "proof_people" {
        /// Id in the tenant's own system, unique when present, even if the person is deleted.
        external_id: Option<String>,
        /// Group of people.
        team: String,
        /// Order of people within a team; may be absent.
        age: Option<i64>,
        /// Counter.
        points: Option<i64>,
        /// Time that is only raised.
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
    /// Document with a field of every kind, required and optional.
    pub struct Sample: TenantData "proof_samples" {
        /// Boolean.
        flag: bool,
        /// Integer.
        int: i64,
        /// Floating-point number.
        float: f64,
        /// Text.
        text: String,
        /// Id.
        reference: ObjectId,
        /// Time.
        time: Timestamp,
        /// List as JSON.
        list: Json<Vec<String>>,
        /// JSON as received.
        raw: RawJson,
        /// JSON with any keys.
        any: JsonText,
        /// Boolean or absent.
        maybe_flag: Option<bool>,
        /// Integer or absent.
        maybe_int: Option<i64>,
        /// Floating-point number or absent.
        maybe_float: Option<f64>,
        /// Text or absent.
        maybe_text: Option<String>,
        /// Id or absent.
        maybe_reference: Option<ObjectId>,
        /// Time or absent.
        maybe_time: Option<Timestamp>,
        /// List or absent.
        maybe_list: Option<Json<Vec<String>>>,
        /// JSON or absent.
        maybe_raw: Option<RawJson>,
        /// JSON with any keys, or absent.
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
    /// Document that expires.
    pub struct Voucher: TenantData "proof_vouchers" {
        /// Unique code.
        code: String,
        /// Time from which no read returns the document.
        expires_at: Option<Timestamp>,
    }
    expires: expires_at;
    indexes {
        by_code: Unique [code];
    }
    personal: none("the proof erases nobody");
}

collection! {
    /// Member of a room, written by upserts.
    pub struct Member: TenantData "proof_members" {
        /// Room of the member.
        room: Id<Room>,
        /// User in the room.
        person: Id<User>,
        /// Field that upserts overwrite.
        role: String,
        /// Field that upserts raise.
        read_seq: i64,
        /// Field that upserts raise from absent.
        read_at: Option<Timestamp>,
        /// Sequence number of the record in whose commit the document was written.
        joined_seq: Option<Seq>,
        /// Time of that record.
        joined_at: Option<Timestamp>,
        /// Seat, unique in the room when present.
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
    /// Record of a room's log.
    pub struct Entry: TenantData "proof_entries" {
        /// Room, which is the key of the log.
        room: Id<Room>,
        /// Sequence number of the record.
        seq: Seq,
        /// Whether the record is in the main timeline.
        shown: bool,
        /// Author of the record.
        sender: Option<Id<User>>,
        /// Id that the sender has given the record, for retries.
        client_id: Option<String>,
        /// Sequence number of the last record that changed this one, at first its own.
        changed_seq: Seq,
        /// Content of the record.
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
    /// Document that is worthless after a restart.
    pub struct Typing: TenantEphemeral "proof_typing" {
        /// Room in which the person types.
        room: Id<Room>,
        /// Typing person.
        person: Id<User>,
        /// Time from which no read returns the document.
        expires_at: Timestamp,
    }
    expires: expires_at;
    indexes {
        by_room: Unique [room, person];
    }
    personal: none("the proof erases nobody");
}

collection! {
    /// Task for a job.
    pub struct Errand: TenantData "proof_errands" {
        /// Description of the task.
        what: String,
        /// Due time; absent if nothing is due.
        due_at: Option<Timestamp>,
    }
    due: due_at;
    indexes {}
    personal: none("the proof erases nobody");
}

collection! {
    /// Document to be counted, outside of the tenant's partition.
    pub struct Visit: TenantAnalytics "proof_visits" {
        /// Visited page.
        page: String,
        /// Minute of the visit.
        minute: i64,
        /// Visitor, if known.
        person: Option<Id<User>>,
    }
    indexes {
        by_minute: None [minute, page, person];
        by_page: None [page, minute];
    }
    personal: none("the proof erases nobody");
}
