/// Makes of each story six tests, one for each engine and tier:
///
/// ```text
/// testkit::stories! {
///     /// Alice writes, bob reads.
///     async fn two_people_chat(world: World) { … }
/// }
/// ```
///
/// A combination that the run does not cover passes at once.
#[macro_export]
macro_rules! stories {
    ($($(#[$meta:meta])* async fn $name:ident($world:ident: World) $body:block)+) => {$(
        mod $name {
            use super::*;

            async fn story($world: $crate::World) $body

            $crate::stories! { @test sqlite_free Sqlite Free }
            $crate::stories! { @test sqlite_pro Sqlite Pro }
            $crate::stories! { @test sqlite_enterprise Sqlite Enterprise }
            $crate::stories! { @test mongodb_free MongoDb Free }
            $crate::stories! { @test mongodb_pro MongoDb Pro }
            $crate::stories! { @test mongodb_enterprise MongoDb Enterprise }
        }
    )+};
    (@test $name:ident $engine:ident $tier:ident) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            if $crate::Engine::$engine.covered() {
                let combination = $crate::Combination { engine: $crate::Engine::$engine, tier: $crate::Tier::$tier };
                let world = $crate::World::new(combination).await;
                let home = world.caas.home().clone();
                story(world).await;
                home.clear().await;
            }
        }
    };
}
