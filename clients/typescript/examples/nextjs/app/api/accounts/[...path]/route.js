import { createHandler } from "customer-accounts/bff.js";

const handler = createHandler({
  apiUrl: process.env.ACCOUNTS_API_URL ?? "http://127.0.0.1:3000",
  basePath: "/api/accounts",
  secure: process.env.NODE_ENV === "production",
  origin: process.env.STOREFRONT_ORIGIN,
  proxySecret: process.env.PROXY_SECRET,
  // The last address is the one that your own load balancer saw; the client can make up those before it.
  clientAddress: (request) => request.headers.get("X-Forwarded-For")?.split(",").at(-1)?.trim(),
});

export { handler as DELETE, handler as GET, handler as PATCH, handler as POST };
