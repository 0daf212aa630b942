declare module 'swagger-ui-dist/swagger-ui-es-bundle.js' {
  type Asked = { headers: Record<string, string> };
  type Setting = {
    readonly url: string;
    readonly dom_id: string;
    readonly deepLinking?: boolean;
    readonly docExpansion?: 'list' | 'full' | 'none';
    readonly defaultModelsExpandDepth?: number;
    readonly tryItOutEnabled?: boolean;
    readonly validatorUrl?: string | null;
    readonly requestInterceptor?: (request: Asked) => Asked;
  };
  const SwaggerUi: (setting: Setting) => unknown;
  export default SwaggerUi;
}
