//! Client of the virus scanner `clamd`.
