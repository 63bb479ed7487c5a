#!/usr/bin/env node
import '../dist/runner/check.js';
