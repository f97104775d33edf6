//! The HTTP contract, checked through the front door of a running dev server: one module per endpoint, then what holds
//! for all of them. Every expectation is the contract's.

mod rules;

mod customers {
    mod create;
    mod delete;
    mod get;
    mod list;
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

mod budgets;
mod cors;
mod envelope;
mod gateway;
mod logs;
mod mail;
mod order;
mod paths;
mod races;
mod samples;
