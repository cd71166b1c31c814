//! Telestage server.
