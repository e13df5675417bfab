//! Frames of `GET /v1/realtime`: JSON texts with their type in `t`.

#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod client;
mod close;
mod kinds;
mod receive;
mod reference;
mod seq;
mod server;
mod stream;

pub use client::{
    Ack, Auth, ClientFrame, Get, Hello, Presence, Read, Resume, Send, Typing, UserGet,
};
pub use close::CloseReason;
pub use receive::{Received, hello as check_hello, receive};
pub use seq::{InvalidSeq, Seq};
pub use server::{
    Answer, ErrorFrame, Range, Ready, Reset, Sent, ServerFrame, UserRange, UserReset,
};
pub use stream::StreamEvent;
