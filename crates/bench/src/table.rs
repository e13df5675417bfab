use std::fmt;

/// One line of the table.
#[derive(Debug, Clone)]
pub struct Row {
    workload: &'static str,
    engine: String,
    what: String,
    ours: Figure,
    ceiling: Option<Figure>,
    ratio: Option<f64>,
    target: Option<(String, bool)>,
    cpu: Option<f64>,
}

/// A measured value with its unit.
#[derive(Debug, Clone, Copy)]
pub enum Figure {
    /// Operations a second.
    Rate(f64),
    /// Milliseconds.
    Millis(f64),
    /// Microseconds.
    Micros(f64),
    /// Bytes.
    Bytes(f64),
    /// Seconds of processor time in a second.
    Load(f64),
}

impl Row {
    /// A value of ours.
    pub fn new(
        workload: &'static str,
        engine: impl Into<String>,
        what: impl Into<String>,
        ours: Figure,
    ) -> Self {
        let engine = engine.into();
        let what = what.into();
        Self {
            workload,
            engine,
            what,
            ours,
            ceiling: None,
            ratio: None,
            target: None,
            cpu: None,
        }
    }

    /// What the same machine did bare, and the ratio to it.
    #[must_use]
    pub const fn beside(mut self, ceiling: Figure, ratio: f64) -> Self {
        self.ceiling = Some(ceiling);
        self.ratio = Some(ratio);
        self
    }

    /// What is wanted, and whether it was reached.
    #[must_use]
    pub fn wanted(mut self, target: impl Into<String>, reached: bool) -> Self {
        self.target = Some((target.into(), reached));
        self
    }

    /// The server's processor time for each operation, in microseconds.
    #[must_use]
    pub const fn cpu(mut self, micros: f64) -> Self {
        self.cpu = Some(micros);
        self
    }

    /// The table's head.
    pub const HEAD: &str = "\
| workload | engine | measured | ours | ceiling | ratio | target | reached | server CPU per operation |
|---|---|---|---|---|---|---|---|---|";
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            workload,
            engine,
            what,
            ours,
            ..
        } = self;
        let ceiling = self
            .ceiling
            .map_or_else(String::new, |ceiling| ceiling.to_string());
        let ratio = self
            .ratio
            .map_or_else(String::new, |ratio| format!("{ratio:.2}"));
        let (target, reached) = match &self.target {
            Some((target, reached)) => (target.as_str(), if *reached { "yes" } else { "no" }),
            None => ("", ""),
        };
        let cpu = self
            .cpu
            .map_or_else(String::new, |micros| Figure::Micros(micros).to_string());
        write!(
            f,
            "| {workload} | {engine} | {what} | {ours} | {ceiling} | {ratio} | {target} | {reached} | {cpu} |"
        )
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Rate(value) if value < 100.0 => write!(f, "{value:.1}/s"),
            Self::Rate(value) => write!(f, "{value:.0}/s"),
            Self::Millis(value) => write!(f, "{value:.2} ms"),
            Self::Micros(value) => write!(f, "{value:.1} µs"),
            Self::Bytes(value) if value < 65_536.0 => write!(f, "{value:.0} B"),
            Self::Bytes(value) => write!(f, "{:.1} MiB", value / 1_048_576.0),
            Self::Load(value) => write!(f, "{:.2} %", value * 100.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_leaves_empty_what_was_not_measured() {
        let bare = Row::new("W5", "sqlite", "binary", Figure::Bytes(2_097_152.0));
        assert_eq!(
            bare.to_string(),
            "| W5 | sqlite | binary | 2.0 MiB |  |  |  |  |  |"
        );
        let full = Row::new("W1", "sqlite", "sends", Figure::Rate(600.0))
            .beside(Figure::Rate(1_000.0), 0.6);
        let full = full.wanted("≥ 0.60", true).cpu(12.5);
        assert_eq!(
            full.to_string(),
            "| W1 | sqlite | sends | 600/s | 1000/s | 0.60 | ≥ 0.60 | yes | 12.5 µs |"
        );
    }
}
