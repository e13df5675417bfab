use store::statement::Count;
use store::{IndexRange, ReadError};

use super::count_short::{Short, short};
use crate::MongoEngine;

impl MongoEngine {
    pub(crate) async fn count_spans(&self, count: Count) -> Result<Vec<usize>, ReadError> {
        let cap = (*count.cap()).max(1);
        let mut few: Vec<Short<'_>> = Vec::new();
        let mut many: Vec<(usize, &IndexRange)> = Vec::new();
        for (partition, span) in count.spans().iter().enumerate() {
            match short(span, cap) {
                Some(numbers) if numbers.count() == 0 => {}
                Some(numbers) => few.push((partition, span, numbers)),
                None => many.push((partition, span)),
            }
        }
        let mut counts = vec![0; count.spans().len()];
        self.count_short(&count, &few, &mut counts).await?;
        self.count_long(&count, &many, &mut counts).await?;
        Ok(counts)
    }
}
