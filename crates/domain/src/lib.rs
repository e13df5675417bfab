//! The rooms: platform, users, messaging. Knows neither HTTP nor SQL nor the wire.
