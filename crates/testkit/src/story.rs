/// Creates tests from stories: async functions that take a [`World`](crate::World).
///
/// ```text
/// testkit::stories!(two_people_chat, a_message_is_edited);
///
/// /// Alice writes, Bob reads.
/// async fn two_people_chat(world: World) { … }
/// ```
///
/// Each story runs on both engines with shared collections and with one stricter isolation. The
/// stories of a list alternate between dedicated collections and a dedicated database, starting
/// with dedicated collections. `tests/matrices` covers every collection on all tiers.
///
/// A test of an engine that the test run does not cover returns at once.
#[macro_export]
macro_rules! stories {
    ($($name:ident),+ $(,)?) => { $crate::stories! { @pro $($name)+ } };
    (@pro) => {};
    (@pro $name:ident $($rest:ident)*) => {
        mod $name {
            $crate::stories! { @test $name sqlite_free Sqlite Free }
            $crate::stories! { @test $name sqlite_pro Sqlite Pro }
            $crate::stories! { @test $name mongodb_free MongoDb Free }
            $crate::stories! { @test $name mongodb_pro MongoDb Pro }
        }
        $crate::stories! { @enterprise $($rest)* }
    };
    (@enterprise) => {};
    (@enterprise $name:ident $($rest:ident)*) => {
        mod $name {
            $crate::stories! { @test $name sqlite_free Sqlite Free }
            $crate::stories! { @test $name sqlite_enterprise Sqlite Enterprise }
            $crate::stories! { @test $name mongodb_free MongoDb Free }
            $crate::stories! { @test $name mongodb_enterprise MongoDb Enterprise }
        }
        $crate::stories! { @pro $($rest)* }
    };
    (@test $story:ident $name:ident $engine:ident $tier:ident) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            if $crate::Engine::$engine.covered() {
                let config = $crate::TestConfig { engine: $crate::Engine::$engine, tier: $crate::Tier::$tier };
                let world = $crate::World::new(config).await;
                let data_dir = world.server.data_dir().clone();
                super::$story(world).await;
                data_dir.clear().await;
            }
        }
    };
}

/// Creates six tests from each story, one for each engine and tier.
#[macro_export]
macro_rules! stories_on_all_tiers {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            $crate::stories! { @test $name sqlite_free Sqlite Free }
            $crate::stories! { @test $name sqlite_pro Sqlite Pro }
            $crate::stories! { @test $name sqlite_enterprise Sqlite Enterprise }
            $crate::stories! { @test $name mongodb_free MongoDb Free }
            $crate::stories! { @test $name mongodb_pro MongoDb Pro }
            $crate::stories! { @test $name mongodb_enterprise MongoDb Enterprise }
        }
    )+};
}
