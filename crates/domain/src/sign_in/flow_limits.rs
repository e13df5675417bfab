use std::net::IpAddr;
use std::sync::Arc;

use base::{ClientAddress, ClientNetwork, Error, ErrorCode, Result, TenantId, Timestamp, limit};
use parking_lot::Mutex;
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

/// Milliseconds of an hour.
const HOUR: i64 = 60 * 60 * 1_000;

/// Flows and guests by mailbox and by client address, in a bounded table, so that no one floods a
/// mailbox or creates accounts without end. Clients on a loopback address are not limited.
#[derive(Debug)]
pub(super) struct FlowLimits {
    counts: Cache<Subject, Arc<Mutex<Count>>>,
}

/// Subject of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Subject {
    Mailbox(TenantId, [u8; 16]),
    Address(ClientNetwork),
}

/// Count in the hour that begins with the first request.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    begun_at: i64,
    requests: usize,
}

impl FlowLimits {
    pub(super) fn new() -> Self {
        Self {
            counts: Cache::new(limit::SIGN_IN_FAILURES),
        }
    }

    /// Counts a flow that sends a mail.
    ///
    /// # Errors
    /// 429 `rate_limited` with the time to wait.
    pub(super) fn count_mail(
        &self,
        tenant: TenantId,
        email_key: &str,
        client: ClientAddress,
        now: Timestamp,
    ) -> Result<()> {
        self.count_client(client, now)?;
        let digest = Sha256::digest(email_key.as_bytes());
        let mut hash = [0; 16];
        hash.copy_from_slice(&digest[..16]);
        let mailbox = Subject::Mailbox(tenant, hash);
        self.count(mailbox, limit::MAILBOX_FLOWS_PER_HOUR, now)
    }

    /// Counts a flow or a guest of a client address.
    ///
    /// # Errors
    /// 429 `rate_limited` with the time to wait.
    pub(super) fn count_client(&self, client: ClientAddress, now: Timestamp) -> Result<()> {
        if client.ip().is_some_and(|ip: IpAddr| ip.is_loopback()) {
            return Ok(());
        }
        let network = client.network().map(Subject::Address);
        let most = limit::ADDRESS_FLOWS_PER_HOUR;
        network.map_or(Ok(()), |network| self.count(network, most, now))
    }

    fn count(&self, subject: Subject, most: usize, now: Timestamp) -> Result<()> {
        let count = self.counts.get(&subject).unwrap_or_else(|| {
            let count = Arc::default();
            self.counts.insert(subject, Arc::clone(&count));
            count
        });
        let mut count = count.lock();
        if count.begun_at + HOUR <= now.millis() {
            *count = Count {
                begun_at: now.millis(),
                requests: 0,
            };
        }
        if count.requests < most {
            count.requests += 1;
            return Ok(());
        }
        let wait = u64::try_from(count.begun_at + HOUR - now.millis()).unwrap_or_default();
        let message = "Too many requests for this address; retry later.";
        Err(Error::new(ErrorCode::RateLimited, message).retry_after_ms(wait))
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use base::ObjectId;

    use super::*;

    fn client(address: [u8; 4]) -> ClientAddress {
        ClientAddress::new(IpAddr::V4(Ipv4Addr::from(address)))
    }

    #[test]
    fn mailbox_and_address_are_limited_per_hour() {
        let limits = FlowLimits::new();
        let tenant = TenantId::new(ObjectId([1; 12]));
        let now = Timestamp::from_millis(1_769_850_000_000);
        let send = |email: &str, from, now| limits.count_mail(tenant, email, client(from), now);
        for at in 0..limit::MAILBOX_FLOWS_PER_HOUR {
            let from = [192, 0, 2, u8::try_from(at).unwrap()];
            assert!(send("ada@example.com", from, now).is_ok());
        }
        let rejected = send("ada@example.com", [192, 0, 2, 200], now).unwrap_err();
        assert_eq!(rejected.retry_after_ms, Some(3_600_000));
        assert!(send("ada@example.com", [192, 0, 2, 200], now.plus_millis(HOUR)).is_ok());
        for at in 0..limit::ADDRESS_FLOWS_PER_HOUR {
            assert!(send(&format!("user{at}@example.com"), [192, 0, 2, 201], now).is_ok());
        }
        assert!(send("next@example.com", [192, 0, 2, 201], now).is_err());
        assert!(send("next@example.com", [127, 0, 0, 1], now).is_ok());
    }
}
