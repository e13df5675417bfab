//! The laws. Each names what breaks it.

mod canaries;
mod duplicates;
mod holes;
mod honesty;
mod loss;
mod order;
mod real_time;
#[cfg(test)]
mod story;
mod unread;
mod watermarks;

use super::Book;

/// Everything in a book that breaks a law, one sentence each.
#[must_use]
pub fn broken(book: &Book) -> Vec<String> {
    const LAWS: &[fn(&Book) -> Vec<String>] = &[
        loss::broken,
        duplicates::broken,
        holes::broken,
        order::broken,
        real_time::broken,
        honesty::broken,
        unread::broken,
        watermarks::broken,
        canaries::broken,
    ];
    LAWS.iter().flat_map(|law| law(book)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lawful_story_breaks_nothing() {
        assert!(broken(&story::lawful()).is_empty());
    }
}
