store::string_enum! {
    /// Role of a user in the tenant: the highest of these three in the list of roles, `user` by
    /// default.
    pub enum Role {
        /// Administers the tenant's chat.
        Admin = "admin",
        /// Member of the tenant.
        User = "user",
        /// External client of the tenant.
        Client = "client",
    }
}

impl Role {
    /// Returns the role of a list of roles.
    #[must_use]
    pub fn of(roles: &[String]) -> Self {
        let highest = Self::ALL
            .iter()
            .find(|role| roles.iter().any(|word| word == role.as_str()));
        highest.copied().unwrap_or(Self::User)
    }

    /// Returns the list with this role in place of the ones of the three it contained.
    #[must_use]
    pub fn replace_in(self, roles: &[String]) -> Vec<String> {
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
    fn highest_role_takes_precedence() {
        assert_eq!(
            Role::of(&roles(&["client", "admin", "shop:owner"])),
            Role::Admin
        );
        assert_eq!(Role::of(&roles(&["client"])), Role::Client);
        assert_eq!(Role::of(&roles(&["shop:owner"])), Role::User);
    }

    #[test]
    fn setting_a_role_keeps_custom_roles() {
        assert_eq!(
            Role::Client.replace_in(&roles(&["user", "shop:owner"])),
            roles(&["client", "shop:owner"])
        );
    }
}
