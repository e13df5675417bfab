/// A secret that only the master key opens.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Sealed {
    /// Names the master key.
    pub key_id: String,
    /// 24 bytes in base64.
    pub nonce: String,
    /// The encrypted secret in base64.
    pub ciphertext: String,
}
