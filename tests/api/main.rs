//! The HTTP contract, checked over HTTP against a running dev server: one module per endpoint, then what holds for all
//! of them. Every expectation comes from the contract.

// The futures of a whole server, its functions and the AWS SDK nest deeply.
#![recursion_limit = "256"]

mod rules;

mod customers {
    mod create;
    mod delete;
    mod email_change;
    mod export;
    mod get;
    mod list;
    mod session_pages;
    mod sessions;
    mod update;
}

mod addresses {
    mod create;
    mod defaults;
    mod delete;
    mod get;
    mod limits;
    mod list;
    mod update;
}

mod passwords {
    mod change;
    mod confirmation;
    mod forgotten;
    mod restore;
}

mod tokens {
    mod access;
    mod claims;
    mod lockout;
    mod metadata;
    mod oauth;
    mod refresh;
    mod revoke;
}

mod limits {
    mod bodies;
    mod requests;
    mod text;
}

mod security {
    mod doors;
    mod enumeration;
    mod erasure;
    mod guessing;
    mod isolation;
    mod keys;
    mod mail_bombs;
    mod passwords;
    mod revocation;
    mod takeover;
}

mod budgets;
mod cors;
mod desk;
mod desk_signature;
mod envelope;
mod etags;
mod events;
mod faults;
mod gateway;
mod idempotency;
mod logs;
mod mail;
mod mail_fates;
mod mail_faults;
mod model;
mod order;
mod overload;
mod paths;
mod races;
mod samples;
mod settings;
mod storage;
mod wholeness;
