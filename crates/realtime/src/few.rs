//! Lists of which there are very many, nearly all of one or two entries.

/// Lists up to this length have no room to spare.
const FEW: usize = 4;

/// Makes room for one more. A list that grows by itself begins with room for
/// four, which is kept for as long as a connection lasts.
pub(crate) fn make_room<T>(list: &mut Vec<T>) {
    if list.len() < FEW {
        list.reserve_exact(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_have_no_room_to_spare_and_many_grow_by_more_than_one() {
        let mut list = Vec::new();
        for number in 0..FEW {
            make_room(&mut list);
            list.push(number);
            assert_eq!(list.capacity(), list.len());
        }
        make_room(&mut list);
        list.push(FEW);
        assert!(list.capacity() > list.len());
    }
}
