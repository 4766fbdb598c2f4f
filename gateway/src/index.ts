/** What the gateway offers to whoever puts processes together. */
export { createGateway, type Gateway, type GatewayDeps } from './create-gateway';
export { gatewayVariables, loadGatewayConfig, type GatewayConfig } from './config';
