//! Conformance tests of the model.

use std::sync::Arc;

use store_conformance::{Model, World};

async fn world() -> World {
    let model = Arc::new(Model::new());
    World::new(model.clone(), model, ())
}

store_conformance::conformance_tests!(crate::world);
store_conformance::comparison_test!("the model", crate::world, 0..8, 400);
