//! Administration of the platform: admins, sign-in, roles, tenants, applications and keys.

#![cfg(test)]

mod admins;
mod audit;
mod ip_rules;
mod roles;
mod support;
mod tenants;
