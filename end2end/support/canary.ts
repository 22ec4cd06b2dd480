// A server that nobody may reach: it counts every TCP connection, request, WebSocket upgrade and UDP datagram.
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";

export class Canary {
  connections = 0;
  datagrams = 0;
  /** What was asked for, as "METHOD /path"; an upgrade as "UPGRADE /path". */
  readonly requests: string[] = [];

  private constructor(
    private readonly server: HttpServer,
    private readonly udp: UdpSocket,
    readonly port: number,
  ) {}

  static async start(): Promise<Canary> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const udp = createSocket("udp4");
    udp.bind(port, "127.0.0.1");
    await once(udp, "listening");
    const canary = new Canary(server, udp, port);
    server.on("connection", () => canary.connections++);
    server.on("request", (request, response) => {
      canary.requests.push(`${request.method} ${request.url}`);
      // As inviting as can be: nothing but the sandbox may be what keeps anybody away.
      response.writeHead(200, {
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
        "content-type": request.url?.endsWith(".js") ? "text/javascript" : "text/plain",
        connection: "close",
      });
      response.end("// reached\n");
    });
    server.on("upgrade", (request, socket) => {
      canary.requests.push(`UPGRADE ${request.url}`);
      socket.destroy();
    });
    udp.on("message", () => canary.datagrams++);
    return canary;
  }

  /** Everything that came, in one value to compare. */
  get seen(): { connections: number; datagrams: number; requests: string[] } {
    return { connections: this.connections, datagrams: this.datagrams, requests: [...this.requests] };
  }

  async dispose(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    this.udp.close();
    await once(this.server, "close");
  }
}
