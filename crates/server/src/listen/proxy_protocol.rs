//! PROXY protocol, versions 1 and 2: a header at the start of a connection in
//! which a load balancer sends the client address.

use std::io::{Error, ErrorKind, Result};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use tokio::io::{AsyncRead, AsyncReadExt as _};

const V2_SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";
const V1_PREFIX: &[u8] = b"PROXY ";
/// Maximum length of the header of version 1.
const MAX_V1_BYTES: usize = 107;
/// Maximum length of the addresses and extensions of version 2.
const MAX_V2_BYTES: u16 = 4_096;

/// Reads the header and returns the client address; `None` for a connection of
/// the proxy itself, such as a health check.
///
/// # Errors
/// Fails with [`ErrorKind::InvalidData`] if the header is missing or invalid.
pub async fn read<S: AsyncRead + Unpin>(stream: &mut S) -> Result<Option<IpAddr>> {
    let mut begin = [0; V2_SIGNATURE.len()];
    stream.read_exact(&mut begin).await?;
    if begin == V2_SIGNATURE {
        return read_v2(stream).await;
    }
    if !begin.starts_with(V1_PREFIX) {
        return Err(invalid("missing PROXY header"));
    }
    let mut line = begin.to_vec();
    while !line.ends_with(b"\r\n") {
        if line.len() == MAX_V1_BYTES {
            return Err(invalid("PROXY header too long"));
        }
        line.push(stream.read_u8().await?);
    }
    parse_v1(&line)
}

fn parse_v1(line: &[u8]) -> Result<Option<IpAddr>> {
    let wrong = || invalid("malformed PROXY header");
    let text = str::from_utf8(line).map_err(|_| wrong())?;
    let mut words = text.trim_end_matches("\r\n").split(' ').skip(1);
    let family = words.next();
    if family == Some("UNKNOWN") {
        return Ok(None);
    }
    let address: IpAddr = words
        .next()
        .and_then(|word| word.parse().ok())
        .ok_or_else(wrong)?;
    match (family, address) {
        (Some("TCP4"), IpAddr::V4(_)) | (Some("TCP6"), IpAddr::V6(_)) => Ok(Some(address)),
        _ => Err(wrong()),
    }
}

async fn read_v2<S: AsyncRead + Unpin>(stream: &mut S) -> Result<Option<IpAddr>> {
    let command = stream.read_u8().await?;
    let family = stream.read_u8().await?;
    let length = stream.read_u16().await?;
    if length > MAX_V2_BYTES {
        return Err(invalid("PROXY header too long"));
    }
    let mut rest = vec![0; usize::from(length)];
    stream.read_exact(&mut rest).await?;
    match (command, family >> 4) {
        (0x20, _) | (0x21, 0 | 3) => Ok(None),
        (0x21, 1) => Ok(Some(Ipv4Addr::from(leading::<4, 12>(&rest)?).into())),
        (0x21, 2) => Ok(Some(Ipv6Addr::from(leading::<16, 36>(&rest)?).into())),
        _ => Err(invalid(
            "PROXY header with unknown version, command or family",
        )),
    }
}

/// Returns the source address at the start of a block of at least `BLOCK` bytes.
fn leading<const ADDRESS: usize, const BLOCK: usize>(rest: &[u8]) -> Result<[u8; ADDRESS]> {
    let address = rest.first_chunk().filter(|_| rest.len() >= BLOCK);
    address
        .copied()
        .ok_or_else(|| invalid("PROXY header too short for its addresses"))
}

fn invalid(text: &'static str) -> Error {
    Error::new(ErrorKind::InvalidData, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the address and the bytes after the header.
    async fn read_all(bytes: &[u8]) -> Result<(Option<IpAddr>, Vec<u8>)> {
        let mut stream = bytes;
        let address = read(&mut stream).await?;
        Ok((address, stream.to_vec()))
    }

    fn v2(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
        let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
        [&V2_SIGNATURE[..], &[command, family], &length, rest, b"GET"].concat()
    }

    #[tokio::test]
    async fn version_1_header_is_read_and_nothing_after_it() {
        let (address, rest) =
            read_all(b"PROXY TCP4 192.0.2.1 10.0.0.1 56324 443\r\nGET / HTTP/1.1")
                .await
                .unwrap();
        assert_eq!(address, Some("192.0.2.1".parse().unwrap()));
        assert_eq!(rest, b"GET / HTTP/1.1");
        let (address, _) = read_all(b"PROXY TCP6 2001:db8::1 ::1 1 2\r\n")
            .await
            .unwrap();
        assert_eq!(address, Some("2001:db8::1".parse().unwrap()));
        let (address, rest) = read_all(b"PROXY UNKNOWN\r\nGET").await.unwrap();
        assert_eq!(address, None);
        assert_eq!(rest, b"GET");
    }

    #[tokio::test]
    async fn version_2_header_is_read_and_nothing_after_it() {
        let ipv4 = [
            &[192, 0, 2, 1, 10, 0, 0, 1, 0, 80, 1, 187][..],
            b"extension",
        ]
        .concat();
        let (address, rest) = read_all(&v2(0x21, 0x11, &ipv4)).await.unwrap();
        assert_eq!(address, Some("192.0.2.1".parse().unwrap()));
        assert_eq!(rest, b"GET");
        let mut ipv6 = [0; 36];
        ipv6[15] = 1;
        let (address, _) = read_all(&v2(0x21, 0x21, &ipv6)).await.unwrap();
        assert_eq!(address, Some("::1".parse().unwrap()));
        for own in [
            v2(0x20, 0x00, b""),
            v2(0x20, 0x11, &ipv4),
            v2(0x21, 0x00, b""),
        ] {
            assert_eq!(read_all(&own).await.unwrap(), (None, b"GET".to_vec()));
        }
    }

    #[tokio::test]
    async fn missing_or_invalid_header_is_rejected() {
        let bad = [
            b"GET / HTTP/1.1\r\n\r\n".to_vec(),
            b"PROXY TCP4 2001:db8::1 ::1 1 2\r\n".to_vec(),
            b"PROXY TCP4 example 10.0.0.1 1 2\r\n".to_vec(),
            b"PROXY UDP4 192.0.2.1 10.0.0.1 1 2\r\n".to_vec(),
            [b"PROXY TCP4 ".to_vec(), vec![b'1'; 200]].concat(),
            b"PROXY TCP4 192.0.2.1".to_vec(),
            v2(0x11, 0x11, &[0; 12]),
            v2(0x21, 0x11, &[0; 11]),
            v2(0x21, 0x21, &[0; 35]),
            v2(0x21, 0x11, &[0; 5_000]),
        ];
        for bytes in bad {
            assert!(read_all(&bytes).await.is_err(), "{}", bytes.escape_ascii());
        }
    }
}
