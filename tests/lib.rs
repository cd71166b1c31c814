//! The whole product, outside in.
