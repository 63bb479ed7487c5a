// Loaded as ESM before each spec: CommonJS add-ons of Nest would otherwise pull these in through a require cycle
// (nestjs/nest#17583).
import 'reflect-metadata';
import '@nestjs/common';
import '@nestjs/core';
