//! `cargo xtask test`: everything, then one line of counts.

mod cargo;
mod counts;
mod memory_dir;
mod node;
mod replica_set;

use std::ffi::OsString;
use std::fs;
use std::process::Command;

use memory_dir::MemoryDir;
use replica_set::ReplicaSet;

use crate::tally::Tally;
use crate::workspace::Workspace;
use crate::{Result, exec, generate, instructions, parts, plans, tidy};

/// What a run covers, and what its tests are told through their environment.
struct Run {
    workspace: Workspace,
    engines: Vec<&'static str>,
    environment: Vec<(&'static str, OsString)>,
    /// Kept until the run is over.
    replica_set: Option<ReplicaSet>,
    /// Kept until the replica set has ended.
    memory_dir: Option<MemoryDir>,
}

/// Runs every check and prints `N passed, N failed` as its last line. Says
/// whether nothing failed.
pub fn test(quick: bool) -> Result<bool> {
    let mut run = Run::new(quick)?;
    let mut tally = Tally::default();
    tally.gate("toolchain", parts::toolchain);
    tally.gate("format", || {
        exec::run(&mut run.workspace.cargo(&["fmt", "--all", "--check"]))
    });
    tally.gate("tidy", tidy::tidy);
    tally.gate("lints", || exec::run(&mut run.lints()));
    tally.gate("documentation", || exec::run(&mut run.documentation()));
    tally.gate("dependencies", || run.dependencies());
    if !quick || parts::has_node() {
        tally.gate("javascript", || node::check(&run));
    }
    if tally.gate("build", || exec::run(&mut run.build())) {
        if !quick {
            tally.gate("mongod", || run.start_mongod());
            tally.gate("schemathesis", || run.install_schemathesis());
            tally.gate("clamd", || run.install_clamd());
            tally.gate("moto", || run.install_moto());
            tally.gate("aiosmtpd", || run.install_aiosmtpd());
        }
        tally.gate("generated files", || generate::check_built(&run.workspace));
        tally.suite("tests", || cargo::suite(&run));
        tally.gate("statement plans", || {
            plans::check(&run.workspace.plans(), &run.engines)
        });
        tally.gate("instructions", || instructions::check_built(&run.workspace));
        tally.gate("bench", || exec::run(&mut run.bench()));
        if !quick {
            tally.suite("client", || node::sdk(&run));
            tally.suite("browser", || node::browser(&run));
        }
    }
    for failure in tally.failures() {
        println!("FAILED {failure}");
    }
    println!("{tally}");
    Ok(tally.failed == 0)
}

impl Run {
    fn new(quick: bool) -> Result<Self> {
        let workspace = Workspace::read()?;
        let engines = if quick {
            vec!["sqlite"]
        } else {
            vec!["sqlite", "mongodb"]
        };
        let plans = workspace.plans();
        if plans.exists() {
            fs::remove_dir_all(&plans)?;
        }
        fs::create_dir_all(&plans)?;
        let environment = vec![
            ("CAAS_BIN", workspace.binary().into()),
            ("CAAS_ENGINES", engines.join(",").into()),
            ("CAAS_PLANS", plans.into()),
        ];
        Ok(Self {
            workspace,
            engines,
            environment,
            replica_set: None,
            memory_dir: MemoryDir::create()?,
        })
    }

    fn start_mongod(&mut self) -> Result<()> {
        let mongod = parts::mongod(&self.workspace)?.into_os_string();
        let set = ReplicaSet::start(&self.workspace, &mongod, self.memory_dir.as_ref())?;
        self.environment
            .push(("CAAS_MONGODB", set.uri.clone().into()));
        self.environment.push(("CAAS_MONGOD", mongod));
        self.replica_set = Some(set);
        Ok(())
    }

    fn install_schemathesis(&mut self) -> Result<()> {
        let program = parts::schemathesis(&self.workspace)?;
        self.environment
            .push(("CAAS_SCHEMATHESIS", program.into_os_string()));
        Ok(())
    }

    fn install_clamd(&mut self) -> Result<()> {
        let program = parts::clamd()?;
        self.environment
            .push(("CAAS_CLAMD", program.into_os_string()));
        Ok(())
    }

    fn install_moto(&mut self) -> Result<()> {
        let python = parts::moto(&self.workspace)?;
        self.environment
            .push(("CAAS_MOTO", python.into_os_string()));
        Ok(())
    }

    fn install_aiosmtpd(&mut self) -> Result<()> {
        let python = parts::aiosmtpd(&self.workspace)?;
        self.environment
            .push(("CAAS_AIOSMTPD", python.into_os_string()));
        Ok(())
    }

    /// Bugs on a switch, and the tests of the engine that needs a server.
    pub fn features(&self) -> &'static str {
        if self.engines.contains(&"mongodb") {
            "server/fault-injection,store-mongo/mongod"
        } else {
            "server/fault-injection"
        }
    }

    fn lints(&self) -> Command {
        let mut clippy = self.workspace.cargo(&[
            "clippy",
            "--quiet",
            "--workspace",
            "--all-targets",
            "--features",
            self.features(),
        ]);
        // A newer toolchain brings lints of its own, which must not stop a newcomer.
        if std::env::var_os("CI").is_some() {
            clippy.args(["--", "--deny", "warnings"]);
        }
        clippy
    }

    fn documentation(&self) -> Command {
        let mut doc = self.workspace.cargo(&[
            "doc",
            "--quiet",
            "--workspace",
            "--no-deps",
            "--document-private-items",
            "--features",
            "server/fault-injection",
        ]);
        doc.env("RUSTDOCFLAGS", "--deny warnings");
        doc
    }

    fn dependencies(&self) -> Result<()> {
        if exec::find("cargo-deny").is_none() {
            println!("cargo-deny is not installed, so licences and sources are not checked here");
            return Ok(());
        }
        exec::run(&mut self.workspace.cargo(&[
            "deny",
            "--all-features",
            "check",
            "bans",
            "licenses",
            "sources",
        ]))
    }

    /// Shows the ratios of a debug build; whether it runs is all that is checked.
    fn bench(&self) -> Command {
        let mut bench = Command::new(self.workspace.target.join("debug").join("bench"));
        bench
            .arg("--short")
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        // To write plans down is not what is measured, and raw commits need a disk.
        bench.env_remove("CAAS_PLANS").env_remove("CAAS_MONGODB");
        bench
    }

    fn build(&self) -> Command {
        self.workspace.cargo(&[
            "build",
            "--quiet",
            "--workspace",
            "--all-targets",
            "--features",
            self.features(),
        ])
    }
}
