use std::time::Duration;

use mongodb::bson::{Document, doc};
use tokio::time::{Instant, sleep};

use super::Error;
use super::member::Member;

pub(super) const SET: &str = "caas";

/// How long an election may take.
const ELECTION: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(50);

/// Options of the servers.
#[derive(Debug, Clone, Copy)]
pub struct Setup {
    /// Whether expired documents are swept each second. If not, only the test's clock decides on
    /// expiry.
    pub expires: bool,
    /// Whether the servers form a replica set, as the product requires.
    pub replicated: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            expires: false,
            replicated: true,
        }
    }
}

/// Servers with temporary data directories on loopback. They are killed when the value is dropped
/// or the process ends.
#[derive(Debug)]
pub struct ReplicaSet {
    setup: Setup,
    members: Vec<Member>,
}

impl ReplicaSet {
    /// Starts a replica set of so many members and waits for its primary.
    ///
    /// # Errors
    /// Fails if `mongod` is not installed or does not start.
    pub async fn start(members: usize) -> Result<Self, Error> {
        Self::with(members, Setup::default()).await
    }

    /// Starts servers with options of the test.
    ///
    /// # Errors
    /// Fails if `mongod` is not installed or does not start.
    pub async fn with(members: usize, setup: Setup) -> Result<Self, Error> {
        let made: Result<Vec<_>, _> = (0..members).map(|_| Member::new()).collect();
        let mut set = Self {
            setup,
            members: made?,
        };
        set.revive().await?;
        if setup.replicated {
            set.initiate().await?;
            set.primary().await?;
        }
        Ok(set)
    }

    /// Returns the connection string for clients.
    #[must_use]
    pub fn uri(&self) -> String {
        let hosts: Vec<_> = self
            .members
            .iter()
            .map(|member| format!("127.0.0.1:{}", member.port))
            .collect();
        let set = if self.setup.replicated {
            format!("?replicaSet={SET}")
        } else {
            String::new()
        };
        format!("mongodb://{}/{set}", hosts.join(","))
    }

    /// Kills the primary as a power loss would.
    ///
    /// # Errors
    /// Fails if there is no primary.
    pub async fn kill_primary(&mut self) -> Result<(), Error> {
        let primary = self.primary().await?;
        self.kill(primary).await
    }

    /// Kills a member as a power loss would.
    ///
    /// # Errors
    /// Fails if the member cannot be killed.
    pub async fn kill(&mut self, member: usize) -> Result<(), Error> {
        self.members[member].kill().await
    }

    /// Starts a killed member.
    ///
    /// # Errors
    /// Fails if the member does not start.
    pub async fn start_again(&mut self, member: usize) -> Result<(), Error> {
        self.members[member].start(&self.setup).await
    }

    /// Starts all killed members.
    ///
    /// # Errors
    /// Fails if a member does not start.
    pub async fn revive(&mut self) -> Result<(), Error> {
        for member in &mut self.members {
            member.start(&self.setup).await?;
        }
        Ok(())
    }

    /// Waits until a running member is primary and returns its index.
    ///
    /// # Errors
    /// Fails if no member is elected in time.
    pub async fn primary(&self) -> Result<usize, Error> {
        let deadline = Instant::now() + ELECTION;
        loop {
            for (position, member) in self
                .members
                .iter()
                .enumerate()
                .filter(|(_, member)| member.runs())
            {
                if member
                    .hello()
                    .await
                    .is_ok_and(|hello| matches!(hello.get_bool("isWritablePrimary"), Ok(true)))
                {
                    return Ok(position);
                }
            }
            if Instant::now() > deadline {
                return Err("no primary was elected".into());
            }
            sleep(POLL).await;
        }
    }

    async fn initiate(&self) -> Result<(), Error> {
        let members: Vec<Document> = (0i32..)
            .zip(&self.members)
            .map(|(id, member)| doc! { "_id": id, "host": format!("127.0.0.1:{}", member.port) })
            .collect();
        let config =
            doc! { "_id": SET, "members": members, "settings": { "electionTimeoutMillis": 2000 } };
        let first = self.members.first().ok_or("a set needs a member")?;
        first
            .client()?
            .database("admin")
            .run_command(doc! { "replSetInitiate": config })
            .await?;
        Ok(())
    }
}
