# One file, four images. `docker compose build` makes them all.

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY . .
RUN npm run build

# Production dependencies of the backend only: no compilers, no test tools, no oracle SDK.
FROM node:24.21.0-bookworm-slim AS backend-dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY contracts/package.json contracts/
COPY contracts/vendor contracts/vendor
COPY packages/protocol/package.json packages/protocol/
COPY packages/tlog/package.json packages/tlog/
COPY oracle/package.json oracle/
COPY backend/package.json backend/
COPY client-portal/package.json client-portal/
COPY test/package.json test/
RUN npm ci --omit=dev --omit=optional --ignore-scripts -w @milepost/backend

FROM node:24.21.0-bookworm-slim AS backend
WORKDIR /app
ENV NODE_ENV=production
COPY --from=backend-dependencies /app ./
COPY --from=build /app/packages/protocol/dist packages/protocol/dist
COPY --from=build /app/packages/tlog/dist packages/tlog/dist
COPY --from=build /app/packages/tlog/bin packages/tlog/bin
COPY --from=build /app/backend/dist backend/dist
# A new volume takes the owner of the folder that it is mounted on.
RUN mkdir /data /witness && chown node:node /data /witness
USER node
EXPOSE 3000
CMD ["node", "backend/dist/main.js"]

FROM nginx:1.29-alpine AS portal
COPY docker/nginx.conf /etc/nginx/conf.d/default.conf
COPY --from=build /app/client-portal/dist /usr/share/nginx/html
EXPOSE 80

# Local chain, deployment and oracle network: for trying things out, not for production.
FROM build AS local
ENV NODE_ENV=development
CMD ["node", "scripts/chain.mjs"]
