import { cookieTokens, createAccounts } from "customer-accounts";

export const accounts = createAccounts({
  url: "/api/accounts",
  tokens: cookieTokens(),
  onSessionEnded: () => window.location.assign("/sign-in"),
});
