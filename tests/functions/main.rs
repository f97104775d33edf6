//! The functions behind the gateway: called with the events that AWS sends them, over stand-ins of DynamoDB and KMS;
//! and what the template and the sources promise about them.

mod fixture;
mod project;
mod world;

mod abandoned;
mod deployer;
mod desk;
mod events;
mod forged;
mod fuzz;
mod invariants;
mod kms;
mod monitoring;
mod openapi;
mod parameters;
mod policy;
mod template;
mod web_acl;
