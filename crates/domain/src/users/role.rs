store::string_enum! {
    /// What a user is in the tenant, derived from the roles: the highest of
    /// these three that stands among them, `user` when none does.
    pub enum Role {
        /// Runs the tenant's chat.
        Admin = "admin",
        /// Belongs to the tenant.
        User = "user",
        /// Writes from outside, as a client of the tenant.
        Client = "client",
    }
}

impl Role {
    /// The role that a list of roles comes to.
    #[must_use]
    pub fn of(roles: &[String]) -> Self {
        let highest = Self::ALL
            .iter()
            .find(|role| roles.iter().any(|word| word == role.as_str()));
        highest.copied().unwrap_or(Self::User)
    }

    /// The list with this role in the place of whichever of the three it had.
    #[must_use]
    pub fn put_into(self, roles: &[String]) -> Vec<String> {
        let others = roles
            .iter()
            .filter(|word| Self::from_word(word).is_none())
            .cloned();
        std::iter::once(self.as_str().to_owned())
            .chain(others)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(words: &[&str]) -> Vec<String> {
        words.iter().map(|&word| word.to_owned()).collect()
    }

    #[test]
    fn the_highest_role_counts() {
        assert_eq!(
            Role::of(&roles(&["client", "admin", "shop:owner"])),
            Role::Admin
        );
        assert_eq!(Role::of(&roles(&["client"])), Role::Client);
        assert_eq!(Role::of(&roles(&["shop:owner"])), Role::User);
    }

    #[test]
    fn a_role_leaves_the_tenants_own_ones_alone() {
        assert_eq!(
            Role::Client.put_into(&roles(&["user", "shop:owner"])),
            roles(&["client", "shop:owner"])
        );
    }
}
