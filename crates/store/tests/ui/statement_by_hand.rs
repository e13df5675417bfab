use store::statement::{Get, Target};

fn misuse(target: Target, partition: store::Partition, declaration: &'static store::Declaration) {
    let _ = Target { partition, tenant: None, declaration };
    let _ = Get { target, ids: Vec::new(), deleted: false, now: base::Timestamp::EPOCH };
}

fn main() {}
