use std::fmt;

/// Row of the table.
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

/// Measured value with its unit.
#[derive(Debug, Clone, Copy)]
pub enum Figure {
    /// Operations per second.
    Rate(f64),
    /// Milliseconds.
    Millis(f64),
    /// Microseconds.
    Micros(f64),
    /// Bytes.
    Bytes(f64),
    /// CPU seconds per second.
    Load(f64),
}

impl Row {
    /// Creates a row with a value of the server.
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

    /// Adds the limit of the machine and the ratio to it.
    #[must_use]
    pub const fn versus(mut self, ceiling: Figure, ratio: f64) -> Self {
        self.ceiling = Some(ceiling);
        self.ratio = Some(ratio);
        self
    }

    /// Adds the target and whether it was reached.
    #[must_use]
    pub fn with_target(mut self, target: impl Into<String>, reached: bool) -> Self {
        self.target = Some((target.into(), reached));
        self
    }

    /// Adds the CPU time of the server per operation, in microseconds.
    #[must_use]
    pub const fn cpu(mut self, micros: f64) -> Self {
        self.cpu = Some(micros);
        self
    }

    /// Header of the table.
    pub const HEAD: &str = "\
| workload | engine | measurement | server | limit | ratio | target | reached | server CPU per operation |
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
    fn missing_values_are_empty_cells() {
        let bare = Row::new("W5", "sqlite", "binary", Figure::Bytes(2_097_152.0));
        assert_eq!(
            bare.to_string(),
            "| W5 | sqlite | binary | 2.0 MiB |  |  |  |  |  |"
        );
        let full = Row::new("W1", "sqlite", "sends", Figure::Rate(600.0))
            .versus(Figure::Rate(1_000.0), 0.6);
        let full = full.with_target("≥ 0.60", true).cpu(12.5);
        assert_eq!(
            full.to_string(),
            "| W1 | sqlite | sends | 600/s | 1000/s | 0.60 | ≥ 0.60 | yes | 12.5 µs |"
        );
    }
}
