use base::{Direction, ErrorCode, Id, IdOrExternalId, PageSize, Result};
use store::TenantStore;

use super::{Scene, say, text};
use crate::Actor;
use crate::messaging::{
    Conversation, EditedMessage, History, HistoryReader, Message, Role, add_participants,
    delete_conversation, delete_message, edit, react, remove_participant, send,
};
use crate::settings::{self, History as From, SettingsChanges};

/// A scene in which Bob has just read a group, so that his access is cached.
struct Reading {
    scene: Scene,
    readers: HistoryReader,
    group: Id<Conversation>,
}

impl Reading {
    async fn new(messages: usize) -> Self {
        let scene = Scene::new().await;
        let reading = Self {
            group: scene.group().await,
            scene,
            readers: HistoryReader::default(),
        };
        for number in 0..messages {
            say(
                reading.tenant(),
                reading.scene.alice,
                reading.group,
                &number.to_string(),
            )
            .await;
        }
        reading.page(None).await.unwrap();
        reading
    }

    fn tenant(&self) -> &TenantStore {
        self.scene.tenant()
    }

    fn name(&self) -> IdOrExternalId<Conversation> {
        IdOrExternalId::Id(self.group)
    }

    async fn page(&self, cursor: Option<Id<Message>>) -> Result<History> {
        self.page_of(&self.readers, self.tenant(), cursor).await
    }

    async fn page_of(
        &self,
        readers: &HistoryReader,
        tenant: &TenantStore,
        cursor: Option<Id<Message>>,
    ) -> Result<History> {
        let bob = Actor::User(self.scene.bob);
        let five = PageSize::new(5).unwrap();
        readers
            .history(tenant, bob, &self.name(), cursor, Direction::Backward, five)
            .await
    }

    /// Returns what Bob sees; asserts that it equals a read without the cache.
    async fn sees(&self, cursor: Option<Id<Message>>) -> (Vec<i64>, bool) {
        let seqs_and_more = |page: History| {
            (
                page.messages.iter().map(|message| message.seq).collect(),
                page.more,
            )
        };
        let cached = self.page(cursor).await;
        let uncached = self
            .page_of(&HistoryReader::default(), self.tenant(), cursor)
            .await;
        let cached = seqs_and_more(cached.unwrap());
        let uncached = seqs_and_more(uncached.unwrap());
        assert_eq!(cached, uncached);
        cached
    }

    async fn remove_bob(&self) {
        let alice = Actor::User(self.scene.alice);
        let bob = IdOrExternalId::Id(self.scene.bob);
        remove_participant(self.tenant(), alice, &self.name(), &bob)
            .await
            .unwrap();
    }

    async fn add_bob(&self) {
        let alice = Actor::User(self.scene.alice);
        let bob = IdOrExternalId::Id(self.scene.bob);
        add_participants(self.tenant(), alice, &self.name(), &[bob], Role::Member)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn cached_reader_reads_next_page_by_one_statement() {
    let reading = Reading::new(12).await;
    let reads = || reading.scene.world.store.stats().reads.get();
    let mut before = reads();
    let mut one_more = || {
        before += 1;
        before
    };
    let newest = reading.page(None).await.unwrap();
    assert_eq!(
        (newest.messages.len(), newest.more, reads()),
        (5, true, one_more())
    );
    let older = reading.page(Some(newest.messages[4].id)).await.unwrap();
    assert_eq!(
        (older.messages[0].seq, older.more, reads()),
        (8, true, one_more())
    );
    let oldest = reading.page(Some(older.messages[4].id)).await.unwrap();
    assert_eq!(
        (oldest.messages.len(), oldest.more, reads()),
        (2, false, one_more())
    );
}

#[tokio::test]
async fn cached_reader_sees_later_records() {
    let reading = Reading::new(7).await;
    let tenant = reading.tenant();
    let alice = Actor::User(reading.scene.alice);
    let oldest = reading.page(None).await.unwrap().messages[4].id;
    let new = say(tenant, reading.scene.alice, reading.group, "new").await;
    assert_eq!(reading.sees(None).await, (vec![9, 8, 7, 6, 5], true));
    react(tenant, Actor::User(reading.scene.bob), new.id, "👍")
        .await
        .unwrap();
    let edited = EditedMessage {
        content: base::Patch::Set("newer".to_owned()),
        ..EditedMessage::default()
    };
    edit(tenant, alice, new.id, edited).await.unwrap();
    assert_eq!(
        reading.page(None).await.unwrap().messages[0]
            .content
            .as_deref(),
        Some("newer")
    );
    delete_message(tenant, alice, new.id).await.unwrap();
    assert!(
        reading.page(None).await.unwrap().messages[0]
            .deleted_at
            .is_some()
    );
    assert_eq!(reading.sees(Some(oldest)).await, (vec![3, 2], false));
    for number in 0..20 {
        say(
            tenant,
            reading.scene.alice,
            reading.group,
            &number.to_string(),
        )
        .await;
    }
    assert_eq!(reading.sees(None).await, (vec![32, 31, 30, 29, 28], true));
}

#[tokio::test]
async fn cached_reader_loses_access_immediately() {
    let reading = Reading::new(3).await;
    reading.remove_bob().await;
    say(
        reading.tenant(),
        reading.scene.alice,
        reading.group,
        "not for Bob",
    )
    .await;
    for _ in 0..2 {
        assert_eq!(reading.sees(None).await, (vec![4, 3, 2], false));
    }
    reading.add_bob().await;
    assert_eq!(reading.sees(None).await, (vec![6, 4, 3, 2], false));
    delete_conversation(
        reading.tenant(),
        Actor::User(reading.scene.alice),
        &reading.name(),
    )
    .await
    .unwrap();
    assert_eq!(
        reading.page(None).await.unwrap_err().code,
        ErrorCode::ConversationNotFound
    );
}

#[tokio::test]
async fn rejoined_reader_reads_from_visible_from() {
    let reading = Reading::new(3).await;
    let changes = SettingsChanges {
        history: Some(From::FromJoining),
        ..SettingsChanges::default()
    };
    settings::update(reading.tenant(), changes, None)
        .await
        .unwrap();
    let cursor = reading.page(None).await.unwrap().messages[0].id;
    reading.remove_bob().await;
    reading.add_bob().await;
    say(
        reading.tenant(),
        reading.scene.alice,
        reading.group,
        "welcome back",
    )
    .await;
    assert_eq!(reading.sees(None).await, (vec![7], false));
    assert_eq!(
        reading.page(Some(cursor)).await.unwrap_err().code,
        ErrorCode::InvalidCursor
    );
}

/// Bob's node receives no change events of other nodes.
#[tokio::test]
async fn cached_reader_loses_access_by_removal_on_another_node() {
    let reading = Reading::new(3).await;
    let here = reading.scene.world.other_node(&reading.scene.company);
    let readers = HistoryReader::default();
    let seen = async || {
        let page = reading.page_of(&readers, &here, None).await.unwrap();
        page.messages
            .iter()
            .map(|message| message.seq)
            .collect::<Vec<_>>()
    };
    assert_eq!(seen().await, [4, 3, 2]);
    let said = send(
        reading.tenant(),
        Actor::User(reading.scene.alice),
        &reading.name(),
        text("for Bob"),
    )
    .await;
    assert_eq!(said.unwrap().message.seq, 5);
    assert_eq!(seen().await, [5, 4, 3, 2]);
    reading.remove_bob().await;
    say(
        reading.tenant(),
        reading.scene.alice,
        reading.group,
        "not for Bob",
    )
    .await;
    assert_eq!(seen().await, [5, 4, 3, 2]);
}
