#!/bin/sh
# Runs once, when the database is made: the owner of Milepost's tables. It is no superuser, because a superuser can switch every
# trigger off. It may create the roles that the services connect as; the migrate service does.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$OWNER_PASSWORD" <<'SQL'
CREATE ROLE milepost LOGIN CREATEROLE PASSWORD :'password';
CREATE DATABASE milepost OWNER milepost;
SQL
