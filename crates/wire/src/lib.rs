//! What goes over the wire: requests, responses, events, problems, with their schemas.
