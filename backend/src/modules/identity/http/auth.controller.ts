import { Body, Controller, Get, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { type Actor, CurrentActor, Public, sessionCookieName } from '../../../platform/http/index.js';
import { Audited, NotAudited } from '../../audit/index.js';
import { SESSION_LIFETIME, Sessions } from '../application/sessions.js';
import { SignIn } from '../application/sign-in.js';
import { nonceSchema, sessionSchema, signedInSchema, siweInputSchema } from './schemas.js';

/** Sign-In with Ethereum and the session cookie. */
@ApiTags('identity')
@Controller('auth')
@Public()
export class AuthController {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly sessions: Sessions,
    private readonly signIn: SignIn,
  ) {}

  /** A nonce for one sign-in message; it lives 5 minutes. */
  @Post('nonce')
  @NotAudited('hands out a random number; nothing about anyone changes')
  @HttpCode(200)
  @ApiOkResponse({ standardSchema: nonceSchema })
  async nonce(): Promise<z.infer<typeof nonceSchema>> {
    return this.signIn.nonce();
  }

  /** Signs in and sets the session cookie. */
  @Post('siwe')
  @Audited('auth.login', 'auth.failed')
  @HttpCode(200)
  @ApiOkResponse({ standardSchema: signedInSchema })
  async siwe(
    @Body({ schema: siweInputSchema }) input: z.infer<typeof siweInputSchema>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.infer<typeof signedInSchema>> {
    const { person, token } = await this.signIn.signIn(input.message, input.signature, request.headers.host);
    this.setCookie(reply, token, SESSION_LIFETIME / 1000);
    return { person };
  }

  /** Who is signed in. */
  @Get('session')
  @ApiOkResponse({ standardSchema: sessionSchema })
  session(@CurrentActor() actor: Actor): z.infer<typeof sessionSchema> {
    return { person: actor.kind === 'person' ? actor.person : null };
  }

  /** Ends the session; without one nothing happens. */
  @Post('logout')
  @Audited('auth.logout')
  @HttpCode(200)
  @ApiOkResponse({ standardSchema: sessionSchema })
  async logout(
    @CurrentActor() actor: Actor,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.infer<typeof sessionSchema>> {
    const token = request.cookies[sessionCookieName(this.config)];
    if (token !== undefined && actor.kind === 'person') await this.sessions.close(token, actor.person);
    this.setCookie(reply, '', 0);
    return { person: null };
  }

  private setCookie(reply: FastifyReply, value: string, maxAge: number): void {
    void reply.setCookie(sessionCookieName(this.config), value, {
      path: '/',
      httpOnly: true,
      sameSite: 'strict',
      secure: this.config.publicUrl.startsWith('https:'),
      maxAge,
    });
  }
}
